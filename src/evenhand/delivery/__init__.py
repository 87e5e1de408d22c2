"""Delivery: what leaves the house: signed callbacks, and exports.

Owns `delivery.callback` and `delivery.attempt`. A callback is asked for in the transaction
that gives reason for it and sent outside of any; every attempt is on record. `contract` words
tasks, batches and projects as the customers' contract does.
"""

from evenhand.delivery.callbacks import Attempt as Attempt
from evenhand.delivery.callbacks import Callback as Callback
from evenhand.delivery.callbacks import NothingToSend as NothingToSend
from evenhand.delivery.callbacks import Outcome as Outcome
from evenhand.delivery.callbacks import attempt as attempt
from evenhand.delivery.callbacks import attempts_of as attempts_of
from evenhand.delivery.callbacks import callbacks_of as callbacks_of
from evenhand.delivery.callbacks import confirm as confirm
from evenhand.delivery.callbacks import open_callback as open_callback
from evenhand.delivery.callbacks import prepare as prepare
from evenhand.delivery.callbacks import redeliver as redeliver
from evenhand.delivery.callbacks import send as send
from evenhand.delivery.claims import CALLBACKS_AT_ONCE_MAX as CALLBACKS_AT_ONCE_MAX
from evenhand.delivery.claims import Claimed as Claimed
from evenhand.delivery.claims import Event as Event
from evenhand.delivery.claims import claim_callbacks as claim_callbacks
from evenhand.delivery.claims import give_back_callback as give_back_callback
from evenhand.delivery.claims import renew_callbacks as renew_callbacks
from evenhand.delivery.claims import tenants_due as tenants_due
from evenhand.delivery.exports import FORMS as FORMS
from evenhand.delivery.exports import Form as Form
from evenhand.delivery.exports import Selection as Selection
from evenhand.delivery.exports import annotator_name as annotator_name
from evenhand.delivery.exports import export as export
from evenhand.delivery.exports import ids_in as ids_in
from evenhand.delivery.exports import lines as lines
from evenhand.delivery.exports import write_ids as write_ids
from evenhand.delivery.exports import write_parquet as write_parquet
from evenhand.delivery.schedule import ATTEMPTS_MAX as ATTEMPTS_MAX
from evenhand.delivery.schedule import retry_at as retry_at
from evenhand.delivery.signatures import webhook_secret as webhook_secret
