"""Frames as h2 takes them in: the same ones, described in few words."""

from __future__ import annotations

from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived
from h2.frame_buffer import FrameBuffer
from hyperframe.frame import DataFrame, Frame, HeadersFrame, PingFrame

from crawler.clients.http2.frames import Frames


def a_stream() -> list[Frame]:
    head, body, ping = HeadersFrame(1, b"\x88", flags=["END_HEADERS"]), DataFrame(1, b"x" * 9000), PingFrame(0)
    return [head, body, ping, DataFrame(1, b"end", flags=["END_STREAM"])]


def read(buffer: FrameBuffer, data: bytes, step: int) -> list[Frame]:
    buffer.max_frame_size = 16384
    frames = []
    for start in range(0, len(data), step):
        buffer.add_data(data[start : start + step])
        frames += list(buffer)
    return frames


def test_the_frames_are_those_of_the_library_however_they_arrive() -> None:
    data = b"".join(frame.serialize() for frame in a_stream())
    for step in (1, 100, len(data)):
        ours, theirs = read(Frames(), data, step), read(FrameBuffer(), data, step)
        assert [frame.serialize() for frame in ours] == [frame.serialize() for frame in theirs]
        assert [type(frame) for frame in ours] == [type(frame) for frame in theirs]


def test_h2_takes_them_from_its_buffer_and_describes_them_in_few_words() -> None:
    class Log:
        told: list[str] = []  # noqa: RUF012

        def trace(self, message: str, *values: Any) -> None:
            if message.startswith("Received frame"):
                self.told += values

        debug = trace

    server, client = H2Connection(H2Configuration(client_side=False)), H2Connection(H2Configuration(logger=Log()))  # type: ignore[arg-type]
    client.incoming_buffer = Frames()
    client.initiate_connection()
    client.send_headers(1, [(":method", "GET"), (":scheme", "https"), (":authority", "a.test"), (":path", "/")], True)
    server.initiate_connection()
    server.receive_data(client.data_to_send())
    server.send_headers(1, [(":status", "200")])
    server.send_data(1, b"body" * 1000, end_stream=True)
    events = client.receive_data(server.data_to_send())
    assert b"".join(event.data or b"" for event in events if isinstance(event, DataReceived)) == b"body" * 1000
    assert "DataFrame(stream_id=1, flags=['END_STREAM']): " in Log.told
