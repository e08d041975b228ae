"""A small Hub: what the real client asks of the Hub, answered on this machine.

hub = SmallHub()
hub.add_space("ada-l/clouds", card={"tags": ["summer-sprint"]})
with serve(hub) as address:
    HfApi(endpoint=address).space_info("ada-l/clouds")
"""

from gallery.practice.small_hub.accounts import Account
from gallery.practice.small_hub.hub import Client, SmallHub
from gallery.practice.small_hub.serving import serve
from gallery.practice.small_hub.trouble import Trouble

__all__ = ["Account", "Client", "SmallHub", "Trouble", "serve"]
