"""``silences``: alerts of which nobody outside is told for a while, at an operator's word."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from devices.forms import Interval
from services.api import suppressionshapes
from services.api.parameters import Moment, PageQuery, split_many
from services.api.resources.matcherbody import MatcherForm
from services.api.resources.operatorbodies import Reason, Step, Written
from services.api.resources.paged import here, listed
from services.api.routes import OPERATE, V1, Answer, Body, Call, NoQuery, Route


class SilencesQuery(PageQuery):
    """Which silences."""

    state: Annotated[tuple[suppressionshapes.SilenceState, ...], BeforeValidator(split_many)] = ()


class SilenceForm(Written):
    """Which alerts, why, and for how long: `ends_at`, or `duration` from `starts_at` (or from now) on."""

    matcher: MatcherForm
    starts_at: Moment | None = Field(
        None, description="Left out: now; of a silence that is changed: as it was."
    )
    ends_at: Moment | None = None
    duration: Interval | None = Field(None, description="In place of `ends_at`.")
    reason: Reason

    @model_validator(mode="after")
    def _one_end(self) -> SilenceForm:
        if (self.ends_at is None) is (self.duration is None):
            raise ValueError("needs one of ends_at and duration")
        return self

    def as_dict(self, now: int) -> dict[str, Any]:
        """What was said, as the port takes it."""
        began = now if self.starts_at is None else self.starts_at
        return {
            "matcher": self.matcher.as_dict(),
            "starts_at": self.starts_at,
            "ends_at": began + self.duration if self.duration is not None else self.ends_at,
            "reason": self.reason,
        }


class EditedSilenceForm(SilenceForm, Step):
    """What it is from now on. `number` is that of the silence, as the operator saw it."""


class PreviewForm(Written):
    """Which alerts."""

    matcher: MatcherForm


async def list_silences(call: Call[SilencesQuery, None]) -> Answer:
    """Silences, newest first; those that are over too, unless filtered."""
    return await listed(call.query, here(call.deps.silences).silences)


async def get_silence(call: Call[NoQuery, None]) -> Answer:
    """One silence."""
    return Answer(await here(call.deps.silences).silence(call.path("id")))


async def add_silence(call: Call[NoQuery, SilenceForm]) -> Answer:
    """Begin one."""
    body = call.body.as_dict(call.deps.clock.now())
    made = await here(call.deps.silences).add_silence(body, by=call.principal.name)
    return Answer(made, status=201, headers={"Location": f"{V1}/silences/{made['id']}"})


async def edit_silence(call: Call[NoQuery, EditedSilenceForm]) -> Answer:
    """Say anew what it is."""
    body = call.body.as_dict(call.deps.clock.now())
    silences, who, number = here(call.deps.silences), call.principal.name, call.body.number
    return Answer(await silences.edit_silence(call.path("id"), body, by=who, number=number))


async def end_silence(call: Call[NoQuery, None]) -> Answer:
    """End it now; what it held and still fires is told."""
    return Answer(await here(call.deps.silences).end_silence(call.path("id"), by=call.principal.name))


async def preview_silence(call: Call[NoQuery, PreviewForm]) -> Answer:
    """What a silence would hold now."""
    return Answer(await here(call.deps.silences).preview(call.body.matcher.as_dict()))


_WRITTEN = ("malformed_json", "invalid_body", "not_found")
_ID = {"id": "The silence's id."}

ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/silences",
        handler=list_silences,
        summary="Silences, newest first",
        tag="alerts",
        query=SilencesQuery,
        answer=suppressionshapes.Silences,
        codes=("not_found",),
    ),
    Route(
        method="POST",
        path=f"{V1}/silences",
        handler=add_silence,
        summary="Tell nobody of certain alerts for a while",
        tag="alerts",
        roles=OPERATE,
        body=Body(SilenceForm),
        answer=suppressionshapes.Silence,
        status=201,
        codes=_WRITTEN,
    ),
    Route(
        method="POST",
        path=f"{V1}/silences/preview",
        handler=preview_silence,
        summary="What a silence would hold now",
        tag="alerts",
        body=Body(PreviewForm),
        answer=suppressionshapes.SilencePreview,
        codes=_WRITTEN,
    ),
    Route(
        method="GET",
        path=f"{V1}/silences/{{id}}",
        handler=get_silence,
        summary="One silence",
        tag="alerts",
        answer=suppressionshapes.Silence,
        codes=("not_found",),
        parameters=_ID,
    ),
    Route(
        method="PUT",
        path=f"{V1}/silences/{{id}}",
        handler=edit_silence,
        summary="Say anew what a silence is; the answer is the one that holds from now on",
        tag="alerts",
        roles=OPERATE,
        body=Body(EditedSilenceForm),
        answer=suppressionshapes.Silence,
        codes=(*_WRITTEN, "conflict"),
        parameters=_ID,
    ),
    Route(
        method="DELETE",
        path=f"{V1}/silences/{{id}}",
        handler=end_silence,
        summary="End a silence now",
        tag="alerts",
        roles=OPERATE,
        answer=suppressionshapes.Silence,
        codes=("not_found", "conflict"),
        parameters=_ID,
    ),
)
