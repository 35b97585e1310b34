"""Runs the TestServer.py of Apache Thrift's cross tests as our scripts want a server.

It listens on the loopback interface instead of everywhere, with port 0 on a port that the kernel chooses, and prints
`listening on ADDR` once it does. The first argument is the path of TestServer.py, the others go to it.
"""

import os
import runpy
import sys

from thrift.transport import TSocket


class LoopbackServerSocket(TSocket.TServerSocket):
    """A listening socket that nobody outside this machine reaches, and that says where it is."""

    def __init__(self, host=None, port=9090, unix_socket=None, **options):
        super().__init__("127.0.0.1", port, unix_socket, **options)

    def listen(self):
        super().listen()
        if self._unix_socket:
            address = f"unix:{self._unix_socket}"
        else:
            address = "{}:{}".format(*self.handle.getsockname()[:2])
        print(f"listening on {address}", flush=True)


if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
    TSocket.TServerSocket = LoopbackServerSocket
    runpy.run_path(sys.argv[0], run_name="__main__")
