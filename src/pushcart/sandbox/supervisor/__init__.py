from pushcart.sandbox.supervisor.errors import SupervisorError
from pushcart.sandbox.supervisor.network import Network
from pushcart.sandbox.supervisor.ports import Ports
from pushcart.sandbox.supervisor.program import Program
from pushcart.sandbox.supervisor.thread import running

__all__ = ["Network", "Ports", "Program", "SupervisorError", "running"]
