"""Checks a server of EchoServer with Apache Thrift's Python client, one protocol per run.

Prints `ok NAME` or `FAILED NAME: why` per check and exits with 1 when one failed. An Apache client
never reconnects by itself, so a call that works after a failed one proves that the server kept the connection.
"""

import argparse
import sys
import threading

from thrift.protocol.TBinaryProtocol import TBinaryProtocolAccelerated
from thrift.protocol.TCompactProtocol import TCompactProtocolAccelerated
from thrift.Thrift import TApplicationException
from thrift.transport import TSocket
from thrift.transport.TTransport import TBufferedTransport, TFramedTransport, TTransportException

from echo import EchoServer
from echo.ttypes import ComplexRequest, Message, Request, SubMessage
from unknown_method import EchoServer as WiderEchoServer

TEXTS = [
    "",
    "hello",
    "\x00\x01\x02\x7f\r\n\t",
    "ÄÖÜ ß, 你好世界, 🐦🌊",
    "\u0000\u07ff\uffff\U0010ffff",
    "a" * 4095,
    "b" * 4096,
    "c" * 65535,
    "🐦" * 50_000,
]


class Failed(Exception):
    """A check that found the server wanting."""


class Link:
    """One connection, opened at once; a context manager that closes it."""

    def __init__(self, options):
        if options.addr.startswith("unix:"):
            socket = TSocket.TSocket(unix_socket=options.addr.removeprefix("unix:"))
        else:
            host, port = options.addr.rsplit(":", 1)
            socket = TSocket.TSocket(host, int(port))
        socket.setTimeout(CALL_TIMEOUT_MS)
        wrap = TFramedTransport if options.transport == "framed" else TBufferedTransport
        encode = TCompactProtocolAccelerated if options.protocol == "compact" else TBinaryProtocolAccelerated
        self.transport = wrap(socket)
        protocol = encode(self.transport)
        self.echo = EchoServer.Client(protocol)
        self.wider = WiderEchoServer.Client(protocol)

    def __enter__(self):
        self.transport.open()
        return self

    def __exit__(self, *_):
        self.transport.close()


def check_echo(options):
    with Link(options) as link:
        for text in TEXTS:
            echo_once(link, text)


def check_echo_complex(options):
    with Link(options) as link:
        for request in (complex_request(), empty_complex_request()):
            response = link.echo.EchoComplex(request)
            if any(value != getattr(request, name) for name, value in vars(response).items()):
                raise Failed(f"got {response}, want {request}")


def check_unknown_method(options):
    with Link(options) as link:
        echo_once(link, "before")
        # A Kitex server is told no service name here and reports an unknown service.
        want_exception(lambda: link.wider.Missing("text"), UNKNOWN_SERVICE if options.peer == "kitex" else
                       TApplicationException.UNKNOWN_METHOD, "unknown")
        if options.peer == "kitex":
            want_closed(link)
        else:
            echo_once(link, "after")


def check_handler_fails(action, reason):
    def check(options):
        with Link(options) as link:
            for _ in range(3):
                want_exception(lambda: link.echo.Echo(Request(action=action, msg="refuse me")),
                               TApplicationException.INTERNAL_ERROR, reason)
                echo_once(link, "after")

    return check


def check_large(size):
    def check(options):
        with Link(options) as link:
            for _ in range(3):
                echo_once(link, "0123456789abcdef" * (size // 16))

    return check


def check_concurrent(options):
    """Many connections at once, each with contents of its own."""
    failures = []

    def call(caller):
        try:
            with Link(options) as link:
                for turn in range(20):
                    echo_once(link, f"{turn} of {caller} " + "x" * caller * 7)
        except Exception as failure:  # carried to the main thread, whatever it is
            failures.append(failure)

    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def check_pipelined(options):
    """Many requests before the first reply is read: replies must come in the order of the requests."""
    with Link(options) as link:
        for turn in range(100):
            link.echo.send_Echo(Request(action="echo", msg=f"request {turn} " + "y" * turn * 11))
        for turn in range(100):
            message = link.echo.recv_Echo().msg
            if not message.startswith(f"request {turn} "):
                raise Failed(f"reply {turn} is {message[:20]!r}")


def echo_once(link, text):
    response = link.echo.Echo(Request(action="echo", msg=text))
    if response.action != "echo" or response.msg != text:
        raise Failed(f"echo of {len(text)} characters came back as {response.action!r} with {len(response.msg)}")


def want_exception(call, kind, reason):
    try:
        answer = call()
    except TApplicationException as exception:
        if exception.type != kind or reason not in exception.message:
            raise Failed(f"wanted an exception of type {kind} that says {reason!r}, "
                         f"got type {exception.type}: {exception.message}") from exception
    else:
        raise Failed(f"wanted an exception of type {kind}, got {answer}")


def want_closed(link):
    try:
        echo_once(link, "after")
    except (TTransportException, OSError):
        return
    raise Failed("a call on the same connection succeeded; the server was thought to close it")


def complex_request():
    return ComplexRequest(
        action="echo",
        msg="complex ÄÖÜ 你好",
        msgMap={"": SubMessage(0, ""), "one": SubMessage(-1, "eins"), "two": SubMessage()},
        subMsgs=[SubMessage(1 << 62, "s" * 5000), SubMessage(), SubMessage(-1 << 63, "last")],
        flagMsg=Message(7, "flag", [SubMessage(8, "flagflag")]),
    )


def empty_complex_request():
    return ComplexRequest(action="", msg="", msgMap={}, subMsgs=[], flagMsg=Message())


CALL_TIMEOUT_MS = 30_000
UNKNOWN_SERVICE = 20

CHECKS = {
    "echo": check_echo,
    "echo-complex": check_echo_complex,
    "unknown-method": check_unknown_method,
    "handler-error": check_handler_fails("error", "biz error"),
    "handler-panic": check_handler_fails("panic", "panic"),
    "1-mib": check_large(1 << 20),
    "4-mib": check_large(4 << 20),
    "concurrent": check_concurrent,
    "pipelined": check_pipelined,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--addr", required=True, help="HOST:PORT or unix:PATH of the server")
    parser.add_argument("--transport", choices=["framed", "buffered"], default="framed")
    parser.add_argument("--protocol", choices=["binary", "compact"], default="binary")
    parser.add_argument("--peer", choices=["kittiwake", "kitex"], default="kittiwake",
                        help="whose manners the server is held to")
    options = parser.parse_args()
    passed = True
    for name, check in CHECKS.items():
        try:
            check(options)
            print("ok", name)
        except Exception as failure:  # every check runs, whatever became of the ones before it
            print(f"FAILED {name}: {type(failure).__name__}: {failure}")
            passed = False
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
