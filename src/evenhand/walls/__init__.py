"""Walls: whoever saw something of one tenant is shown nothing of its rivals for a while.

Owns `walls.declaration` (who named whom as a rival), `walls.exposure` (to whom something of which
tenant was shown, and up to which day), `walls.staff` and `walls.support_grant` (who of the operator
may see a tenant's tasks, and why) and `walls.stake` (who owns how much of whom, for all to read). A
wall follows from the first two, in the database: it is held where assignments are lent and where
content is read.
"""

from evenhand.walls.conflicts import COOLING_OFF_DAYS as COOLING_OFF_DAYS
from evenhand.walls.conflicts import COOLING_OFF_DAYS_MAX as COOLING_OFF_DAYS_MAX
from evenhand.walls.conflicts import By as By
from evenhand.walls.conflicts import Declaration as Declaration
from evenhand.walls.conflicts import Rival as Rival
from evenhand.walls.conflicts import declarations as declarations
from evenhand.walls.conflicts import declare as declare
from evenhand.walls.conflicts import withdraw as withdraw
from evenhand.walls.conflicts import withdraw_named as withdraw_named
from evenhand.walls.explanation import Asked as Asked
from evenhand.walls.explanation import Barred as Barred
from evenhand.walls.explanation import RivalSeen as RivalSeen
from evenhand.walls.explanation import explained as explained
from evenhand.walls.exposures import Exposure as Exposure
from evenhand.walls.exposures import StandingRival as StandingRival
from evenhand.walls.exposures import expose as expose
from evenhand.walls.exposures import exposed_to_both as exposed_to_both
from evenhand.walls.exposures import exposure_to as exposure_to
from evenhand.walls.exposures import rivals_of as rivals_of
from evenhand.walls.exposures import stands as stands
from evenhand.walls.exposures import tenants_seen_by as tenants_seen_by
from evenhand.walls.stakes import Stake as Stake
from evenhand.walls.stakes import declare_stake as declare_stake
from evenhand.walls.stakes import published_stakes as published_stakes
from evenhand.walls.support import Grant as Grant
from evenhand.walls.support import Staff as Staff
from evenhand.walls.support import add_staff as add_staff
from evenhand.walls.support import approve_access as approve_access
from evenhand.walls.support import end_access as end_access
from evenhand.walls.support import everyone_on_staff as everyone_on_staff
from evenhand.walls.support import grants as grants
from evenhand.walls.support import open_access as open_access
from evenhand.walls.support import remove_staff as remove_staff
from evenhand.walls.support import request_access as request_access
from evenhand.walls.support import staff_named as staff_named
