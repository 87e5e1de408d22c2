"""The workforce: annotators, people and models, whom all tenants share.

Owns `workforce.annotator` and `workforce.token`, which belong to no tenant and hold nothing
of one. An annotator speaks by a token; a browser exchanges it for a session of one day. Only
hashes of either are kept.
"""

from evenhand.workforce.annotators import AnnotatorExists as AnnotatorExists
from evenhand.workforce.annotators import BadEmail as BadEmail
from evenhand.workforce.annotators import BadName as BadName
from evenhand.workforce.annotators import Capacity as Capacity
from evenhand.workforce.annotators import Kind as Kind
from evenhand.workforce.annotators import Named as Named
from evenhand.workforce.annotators import NewAnnotator as NewAnnotator
from evenhand.workforce.annotators import UnknownAnnotator as UnknownAnnotator
from evenhand.workforce.annotators import capacity as capacity
from evenhand.workforce.annotators import create as create
from evenhand.workforce.annotators import disable as disable
from evenhand.workforce.annotators import everyone as everyone
from evenhand.workforce.annotators import named as named
from evenhand.workforce.tokens import SESSION as SESSION
from evenhand.workforce.tokens import Annotator as Annotator
from evenhand.workforce.tokens import UnknownToken as UnknownToken
from evenhand.workforce.tokens import authenticate as authenticate
from evenhand.workforce.tokens import close_session as close_session
from evenhand.workforce.tokens import issue_token as issue_token
from evenhand.workforce.tokens import open_session as open_session
