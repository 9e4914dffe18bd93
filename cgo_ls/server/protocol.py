"""JSON-RPC as LSP wants it: one reply per request, with the right code, whatever the message.

pygls gives the message types, the capabilities and the calls to the client. What it does with incoming messages is replaced whole:
it leaks a future per notification, leaves bad parameters and late requests unanswered, takes a second initialize, sends tracebacks
to the client, structures nested objects that look like messages, and logs message bodies.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from cgo_ls.server.lifecycle import INVALID_REQUEST, State, exit_code, refuse_notification, refuse_request
from cgo_ls.server.wire import BadMessage, Message

if TYPE_CHECKING:
    from cattrs import Converter

    from cgo_ls.server.app import CgoLanguageServer

MessageId = int | str

PARSE_ERROR = -32700
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
REQUEST_CANCELLED = -32800
CONTENT_MODIFIED = -32801

log = logging.getLogger(__name__)


class ContentModifiedError(JsonRpcException):
    """The text a request was about is no longer the current one."""

    CODE = CONTENT_MODIFIED
    MESSAGE = "the document has changed since"


class Rendered(str):
    """A result that is JSON text already."""

    __slots__ = ()


class CgoProtocol(LanguageServerProtocol):
    """Takes messages on the event loop; handlers are plain functions (quick ones) or coroutines (all others)."""

    _server: CgoLanguageServer  # pyright: ignore[reportIncompatibleVariableOverride] - as in pygls' own subclasses

    def __init__(self, server: CgoLanguageServer, converter: Converter) -> None:
        super().__init__(server, converter)
        self.state = State.UNINITIALIZED
        self._running: dict[MessageId, asyncio.Task[Any]] = {}

    def _register_builtin_features(self) -> None:
        """None: documents, life cycle and folders are ours (see handlers)."""

    @property
    def unanswered(self) -> int:
        """Requests in work, of the client and to it: flat over time, as the soak test sees."""
        return len(self._running) + len(self._request_futures)

    def receive(self, incoming: Message | BadMessage) -> None:
        """Deal with one message. Never raises for anything a client can send."""
        if isinstance(incoming, BadMessage):
            log.warning("%s", incoming.reason)
            self._reply_error(None, INVALID_REQUEST if incoming.fatal else PARSE_ERROR, incoming.reason)
            return
        message = incoming.value
        if not isinstance(message, dict):
            self._reply_error(None, INVALID_REQUEST, "a message is one JSON object")
            return
        method = message.get("method")
        if "id" not in message:
            if isinstance(method, str):
                self._take_notification(method, message)
            else:
                self._reply_error(None, INVALID_REQUEST, "neither a request nor a notification")
            return
        message_id = message["id"]
        if not isinstance(message_id, int | str) or isinstance(message_id, bool):
            self._reply_error(None, INVALID_REQUEST, "an id is a number or a string")
        elif isinstance(method, str):
            self._take_request(message_id, method, message)
        elif "result" in message or "error" in message:
            self._take_response(message_id, message)
        else:
            self._reply_error(message_id, INVALID_REQUEST, "a request has a method")

    def cancel_all(self) -> None:
        for task in tuple(self._running.values()):
            task.cancel()

    def _take_request(self, message_id: MessageId, method: str, message: dict[str, Any]) -> None:
        refusal = refuse_request(self.state, method)
        if message_id in self._running:
            refusal = INVALID_REQUEST, "this id is in use"
        if refusal:
            self._reply_error(message_id, *refusal)
            return
        handler = self._handler(method)
        if handler is None or method not in types.METHOD_TO_TYPES:
            self._reply_error(message_id, METHOD_NOT_FOUND, f"unknown method {method[:80]}")
            return
        try:
            params = self._converter.structure(message, types.METHOD_TO_TYPES[method][0]).params
        except Exception as error:  # noqa: BLE001 - what the converter raises for bad input is not specified
            log.info("%s: invalid parameters (%s)", method, type(error).__name__)
            self._reply_error(message_id, INVALID_PARAMS, f"invalid parameters of {method}")
            return
        if asyncio.iscoroutinefunction(handler):
            task = asyncio.get_running_loop().create_task(handler(params))
            self._running[message_id] = task
            task.add_done_callback(partial(self._finish, message_id, method))
            return
        try:
            result = handler(params)
        except Exception as error:  # noqa: BLE001 - a request is answered whatever its handler does
            self._reply_failure(message_id, method, error)
        else:
            self._reply(message_id, result)

    def _take_notification(self, method: str, message: dict[str, Any]) -> None:
        if refuse_notification(self.state, method):
            log.info("%s ignored: the server is %s", method, self.state.value)
            return
        if method == types.EXIT:
            self._server.leave(exit_code(self.state))
            return
        if method == types.CANCEL_REQUEST:
            self._cancel(message.get("params"))
            return
        handler = self._handler(method)
        if handler is None or method not in types.METHOD_TO_TYPES:
            log.info("unknown notification %s ignored", method[:80])
            return
        try:
            params = self._converter.structure(message, types.METHOD_TO_TYPES[method][0]).params
        except Exception as error:  # noqa: BLE001 - as for requests
            log.warning("%s ignored: invalid parameters (%s)", method, type(error).__name__)
            self._server.notification_lost(method, message.get("params"))
            return
        try:
            result = handler(params)
        except Exception:
            log.exception("%s failed", method)
            self._server.notification_lost(method, message.get("params"))
            return
        if asyncio.iscoroutine(result):
            self._server.run_in_background(result, method)

    def _take_response(self, message_id: MessageId, message: dict[str, Any]) -> None:
        future = self._request_futures.pop(message_id, None)
        response_type = self._result_types.pop(message_id, None)
        if future is None or not future.set_running_or_notify_cancel():
            log.info("response to an unknown request ignored")
            return
        if "error" in message:
            future.set_exception(JsonRpcException("the client answered with an error"))
            return
        try:
            result = self._converter.structure(message, response_type).result if response_type else message["result"]
        except Exception as error:  # noqa: BLE001 - as for requests
            future.set_exception(JsonRpcException(f"unreadable answer ({type(error).__name__})"))
        else:
            future.set_result(result)

    def _cancel(self, params: Any) -> None:
        message_id = params.get("id") if isinstance(params, dict) else None
        task = self._running.get(message_id) if isinstance(message_id, int | str) else None
        if task is not None:
            task.cancel()

    def _finish(self, message_id: MessageId, method: str, task: asyncio.Task[Any]) -> None:
        self._running.pop(message_id, None)
        if task.cancelled():
            self._reply_error(message_id, REQUEST_CANCELLED, "cancelled")
        elif error := task.exception():
            self._reply_failure(message_id, method, error)
        else:
            self._reply(message_id, task.result())

    def _handler(self, method: str) -> Callable[[Any], Any | Coroutine[Any, Any, Any]] | None:
        return self.fm.features.get(method)

    def _reply(self, message_id: MessageId, result: Any) -> None:
        if isinstance(result, Rendered):
            self._send_text(f'{{"jsonrpc":"2.0","id":{json.dumps(message_id)},"result":{result}}}')
            return
        self._send_data({"jsonrpc": "2.0", "id": message_id, "result": result})

    def _reply_failure(self, message_id: MessageId, method: str, error: BaseException) -> None:
        """The code, and what kind of error it was; the traceback is for the log alone."""
        if isinstance(error, JsonRpcException):
            self._reply_error(message_id, error.code, error.message)
            return
        log.error("%s failed", method, exc_info=error)
        self._reply_error(message_id, INTERNAL_ERROR, f"internal error in {method} ({type(error).__name__})")

    def _reply_error(self, message_id: MessageId | None, code: int, text: str) -> None:
        self._send_data({"jsonrpc": "2.0", "id": message_id, "error": {"code": code, "message": text}})

    def send_rendered_notification(self, method: str, params: str) -> None:
        """A notification whose parameters are JSON text already."""
        self._send_text(f'{{"jsonrpc":"2.0","method":"{method}","params":{params}}}')

    def to_json(self, value: Any) -> Any:
        """A message object of lsprotocol as plain JSON values."""
        return self._converter.unstructure(value)

    def _serialize_message(self, data: Any) -> Any:
        if hasattr(data, "__attrs_attrs__"):
            return self._converter.unstructure(data)
        raise TypeError(f"{type(data).__name__} has no place in a message")

    def _send_data(self, data: Any) -> None:
        """Send one message: a dict, or a message object of lsprotocol. Bodies are never logged."""
        try:
            text = json.dumps(data, default=self._serialize_message, separators=(",", ":"))
        except (TypeError, ValueError, RecursionError) as error:
            log.exception("a message cannot be written as JSON")
            if isinstance(data, dict) and "result" in data:
                self._reply_error(data["id"], INTERNAL_ERROR, f"the result cannot be sent ({type(error).__name__})")
            return
        self._send_text(text)

    def _send_text(self, text: str) -> None:
        if self.writer is not None:
            self.writer.write(text.encode("ascii"))
