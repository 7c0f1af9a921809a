"""Everything but the two endpoints of the data plane, as a FastAPI application."""

from collections.abc import Callable
from typing import Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from eventray_core.publish.response import encode_error
from eventray_gateway.control import openapi
from eventray_gateway.landing.page import CERTIFICATE_PATH, landing_page

JSON = "application/json; charset=UTF-8"

_ERROR_TYPES = {
    404: "NotFoundException",
    405: "UnsupportedOperation",
}


class Operated(Protocol):
    """What operators and load balancers ask of a gateway."""

    def is_healthy(self) -> bool:
        """False only while it drains."""

    def is_ready(self) -> bool:
        """Whether traffic can be served now."""

    def metrics(self) -> bytes:
        """The Prometheus exposition."""

    @property
    def ca_pem(self) -> bytes | None:
        """The authority that clients have to trust, in PEM; None if there is none of our own."""


def error_answer(status: int, error_type: str, message: str | None) -> Response:
    """An error in AppSync's form."""
    body = encode_error(error_type, message)
    return Response(body, status, {"x-amzn-ErrorType": error_type}, media_type=JSON)


def make_app(gateway: Operated) -> FastAPI:
    """The application for one gateway."""
    app = FastAPI(title="EventRay", docs_url=None, redoc_url=None, openapi_url=None)
    _add_probe(app, "/healthz", gateway.is_healthy, "draining")
    _add_probe(app, "/readyz", gateway.is_ready, "not ready")

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(gateway.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/openapi.json")
    def management_api() -> JSONResponse:
        # Not a coroutine: the first time takes longer than an event loop should be kept from its work.
        return JSONResponse(openapi.document(), headers={"access-control-allow-origin": "*"})

    _add_landing_page(app, gateway)

    @app.exception_handler(HTTPException)
    async def refuse(request: Request, error: HTTPException) -> Response:
        error_type = _ERROR_TYPES.get(error.status_code, "BadRequestException")
        answer = error_answer(error.status_code, error_type, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    return app


def _add_landing_page(app: FastAPI, gateway: Operated) -> None:
    @app.get("/")
    async def page() -> Response:
        found = landing_page(gateway.ca_pem is not None)
        return Response(found.body, headers=found.headers, media_type="text/html; charset=utf-8")

    @app.get(CERTIFICATE_PATH)
    async def certificate() -> Response:
        authority = gateway.ca_pem
        if authority is None:
            raise HTTPException(404, "This server has no certificate authority of its own.")
        disposition = {"content-disposition": 'attachment; filename="eventray-ca.pem"'}
        return Response(authority, headers=disposition, media_type="application/x-x509-ca-cert")


def _add_probe(app: FastAPI, path: str, is_good: Callable[[], bool], otherwise: str) -> None:
    @app.get(path)
    async def probe() -> Response:
        good = is_good()
        return Response("ok" if good else otherwise, 200 if good else 503, media_type="text/plain")
