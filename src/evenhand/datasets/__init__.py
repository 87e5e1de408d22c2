"""Datasets: the files that tenants bring, sealed under a key per tenant.

Owns `datasets.data_key` and `datasets.file`. The content lies in a folder or an object store
as segments of 1 MiB, each proved when it is read; the row is written after the object, so a
crash may leave an object that nobody names and never a row without its object. Pictures are decoded
as they come in, and what cannot be shown as it is has a second file that is.
"""

from evenhand.datasets.examining import close as close
from evenhand.datasets.files import FILE_BYTES_MAX as FILE_BYTES_MAX
from evenhand.datasets.files import PAGE_MAX as PAGE_MAX
from evenhand.datasets.files import SCHEME as SCHEME
from evenhand.datasets.files import EmptyFile as EmptyFile
from evenhand.datasets.files import File as File
from evenhand.datasets.files import FileTooLarge as FileTooLarge
from evenhand.datasets.files import InvalidFile as InvalidFile
from evenhand.datasets.files import NewFile as NewFile
from evenhand.datasets.files import RangeOutside as RangeOutside
from evenhand.datasets.files import Received as Received
from evenhand.datasets.files import UnknownFile as UnknownFile
from evenhand.datasets.files import file_of as file_of
from evenhand.datasets.files import keep_file as keep_file
from evenhand.datasets.files import list_files as list_files
from evenhand.datasets.files import read_file as read_file
from evenhand.datasets.files import receive_file as receive_file
from evenhand.datasets.files import resolve_attachment as resolve_attachment
from evenhand.datasets.files import save_file as save_file
from evenhand.datasets.fitness import Found as Found
from evenhand.datasets.fitness import why_unfit as why_unfit
from evenhand.datasets.imports import fetch_url as fetch_url
from evenhand.datasets.imports import import_url as import_url
from evenhand.datasets.sealing import DamagedFile as DamagedFile
from evenhand.datasets.sniffing import HEAD_BYTES as HEAD_BYTES
from evenhand.datasets.sniffing import is_shown_inline as is_shown_inline
from evenhand.datasets.sniffing import mime_type_of as mime_type_of
from evenhand.datasets.storage import Storage as Storage
from evenhand.datasets.storage import StorageUnreachable as StorageUnreachable
