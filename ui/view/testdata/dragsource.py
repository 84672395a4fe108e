"""A window from which files are dragged: the other program of the end-to-end test.

usage: dragsource.py FILE...   prints "ready" once it can be dragged from, and
after every drag "dropped", or "failed" where the window below took nothing
"""

import pathlib
import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402

uris = [pathlib.Path(f).resolve().as_uri() for f in sys.argv[1:]]
window = Gtk.Window(type=Gtk.WindowType.POPUP)
window.set_default_size(64, 64)
window.move(0, 0)
area = Gtk.EventBox()
window.add(area)
area.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
area.drag_source_add_uri_targets()
area.connect("drag-data-get", lambda w, context, data, info, time: data.set_uris(uris))

outcome = "dropped"


def begin(widget, context):
    global outcome
    outcome = "dropped"


def fail(widget, context, result):
    global outcome
    outcome = "failed"
    return True  # no picture that flies back


area.connect("drag-begin", begin)
area.connect("drag-failed", fail)
area.connect("drag-end", lambda w, context: print(outcome, flush=True))
area.connect("map-event", lambda *a: print("ready", flush=True))
window.connect("destroy", Gtk.main_quit)
window.show_all()
GLib.idle_add(lambda: print("ready", flush=True))
Gtk.main()
