"""How a server comes up, and how it goes down: `eventray serve` after its arguments are read.

This module imports Ray, which reads its environment then: `ray_environment.py` comes first.
"""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable

import psutil

from eventray_cluster.edge_port import is_loopback, url_host
from eventray_cluster.local_ray import RayConnection, RayUnavailableError
from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.preflight import Claims, UsageError
from eventray_cluster.service import Ready, Service, StartError
from eventray_cluster.settings import Settings
from eventray_cluster.spawn import DATA_RESOURCE, RayMembers
from eventray_cluster.store.repository import OpenStoreAt
from eventray_cluster.supervisor import MemberUnavailableError
from eventray_cluster.wanted import DIRECTORY, Wanted
from eventray_cluster.welcome import Endpoints, Welcome, screen, write_ready_file
from eventray_core.members import DirectoryConfig, GatewayConfig, ShardConfig

logger = logging.getLogger(__name__)

START_TIMEOUT_S = 60.0
DRAIN_S = 2.5
STOP_DEADLINE_S = 9.0
"""After this long everything is killed, so that nobody waits more than 10 s."""

WATCH_EVERY_S = 0.5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str], None]
