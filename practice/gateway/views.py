import gzip
import socket
import time
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from practice import faults
from practice.gateway import log
from practice.gateway.exchange import Reply, answer
from practice.gateway.request import body

SMALL = 512
CONNECTION = "practice.connection"
"""The key of the request's socket in its environment."""


@csrf_exempt
@require_POST
def gateway(request: HttpRequest) -> HttpResponseBase:
    started_at = time.perf_counter()
    raw = body(request.body, request.content_type or "")
    reply = answer(raw, request.build_absolute_uri())
    zipped = len(reply.body) > SMALL and "gzip" in request.headers.get("Accept-Encoding", "")
    sent = gzip.compress(reply.body, compresslevel=1) if zipped else reply.body
    log.add_entry(
        reply.company,
        control_id=reply.control_id,
        functions=reply.functions,
        outcomes=reply.outcomes,
        status=reply.status,
        received=len(raw),
        sent=len(sent),
        seconds=round(time.perf_counter() - started_at, 4),
    )
    if reply.is_lost:
        request.META[CONNECTION].shutdown(socket.SHUT_RDWR)
    response = _response(reply, sent)
    if zipped:
        response["Content-Encoding"] = "gzip"
    if reply.retry_after:
        response["Retry-After"] = str(reply.retry_after)
    return response


def _response(reply: Reply, sent: bytes) -> HttpResponseBase:
    half = len(sent) // 2
    if reply.is_paused:
        pieces = _paused_body(sent[:half], sent[half:])
        headers = {"Content-Length": str(len(sent))}
        return StreamingHttpResponse(pieces, reply.content_type, reply.status, headers=headers)
    return HttpResponse(sent[:half] if reply.cut else sent, reply.content_type, reply.status)


def _paused_body(first: bytes, rest: bytes) -> Iterator[bytes]:
    yield first
    time.sleep(faults.SLOW_SECONDS)
    yield rest
