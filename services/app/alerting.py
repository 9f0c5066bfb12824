"""Who hears of alerts, and how: the city's policy and the deployment's channels, put together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import structlog

from devices import topics
from devices.documents import Problem, ProblemsError
from rules.ruleset import Rule
from services.alerts import AlertsService
from services.alerts.books import Reach
from services.alerts.desks import FigureDesk, IncidentDesk, MaintenanceDesk, NotificationDesk, SilenceDesk
from services.alerts.notify.backoff import Backoff
from services.alerts.notify.channel import Channel
from services.alerts.notify.channels.composing import Composer
from services.alerts.notify.channels.http import HttpClient, trust
from services.alerts.notify.channels.making import ChannelError, Means, make_channel
from services.alerts.notify.channels.threads import Threads
from services.alerts.notify.heartbeat import Heartbeat, MqttBeats, Sender, WebhookBeats
from services.alerts.notify.limits import Limits
from services.alerts.notify.message import Writer
from services.alerts.notify.words import Setting
from services.alerts.own import OwnWatch
from services.alerts.policy.files import city_policy
from services.alerts.policy.model import Policy
from services.alerts.policy.reaching import unreached, unreached_problems
from services.alerts.service import Hooks
from services.app import ownhealth
from services.runtime.notifyconfig import ChannelSettings, LogChannel
from services.store.records.notifications import FAILED

if TYPE_CHECKING:
    from services.app.application import Application

log = structlog.get_logger(__name__)

_THREADS = 8
ABSENT = "absent"
"""The kind of the rules whose condition is that nothing is heard."""


@dataclass(slots=True)
class Outcomes:
    """What became of notifications, for the metrics."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind of channel and outcome."""

    def count(self, _receiver: str, channel: str, outcome: str) -> None:
        """One more."""
        self.counts[channel.partition("-")[0], outcome] += 1

    @property
    def failed(self) -> int:
        """How many will never arrive."""
        return sum(number for (_, outcome), number in self.counts.items() if outcome == FAILED)


@dataclass(slots=True)
class Alerting:
    """The alerts of a process and all that is around them."""

    alerts: AlertsService
    policy: Policy
    reach: Reach
    http: HttpClient
    outcomes: Outcomes
    own: OwnWatch
    incidents: IncidentDesk
    silences: SilenceDesk
    maintenance: MaintenanceDesk
    notifications: NotificationDesk
    figures: FigureDesk
    heartbeat: Heartbeat | None = None

    async def stop(self) -> None:
        """Finish what runs, and let connections go."""
        await self.alerts.stop()
        for channel in self.reach.channels.values():
            await channel.close()
        await self.http.close()


def read_policy(app: Application) -> Policy:
    """What the city decided.

    A deployment that says of nobody how they are reached tells all of them in its log, and says so.

    Raises:
        ProblemsError: all mistakes in alerting.yaml, and receivers that were left out of those which the
            deployment reaches.
    """
    policy, notify = city_policy(app.folder, app.ruleset.rules), app.config.notify
    if notify.receivers and (problems := unreached_problems(app.folder.alerting, policy, notify)):
        raise ProblemsError(problems)
    if app.demo is None and (names := unreached(policy, notify)):
        text = "nobody is told of alerts but in this log: nakhon.yaml has no notify.receivers"
        log.warning(text, receivers=names)
    return policy


async def make_alerting(app: Application) -> Alerting:
    """Everything but what needs telemetry: :func:`watch_over` follows once that runs.

    Raises:
        ProblemsError: a channel or a template that can't be used as it is configured.
    """
    policy = await asyncio.to_thread(read_policy, app)
    http, outcomes, own = HttpClient(app.clock.now), Outcomes(), OwnWatch()
    threads = Threads(_THREADS, "notify")
    reach = await asyncio.to_thread(_reach, app, policy, http, threads, outcomes)
    alerts = AlertsService(
        app.records,
        app.bus,
        app.clock,
        app.folder.city,
        app.registry,
        policy=policy,
        reach=reach,
        hooks=_hooks(app, own),
    )
    parts = (alerts, app.records, app.clock)
    return Alerting(
        alerts,
        policy,
        reach,
        http,
        outcomes,
        own,
        IncidentDesk(*parts),
        SilenceDesk(*parts),
        MaintenanceDesk(*parts),
        NotificationDesk(*parts, reach, app.folder.city.id),
        FigureDesk(*parts, app.folder.city, app.registry, reach, _rules(app)),
    )


def _rules(app: Application) -> Callable[[str], Rule | None]:
    """The rules in force, which change."""

    def rule_of(rule: str) -> Rule | None:
        return app.ruleset.rules.get(rule)

    return rule_of


def _hooks(app: Application, own: OwnWatch) -> Hooks:
    def delivered(domain: str, seconds: float) -> None:
        app.metrics.sensor_to_alert.observe(seconds)
        app.metrics.alert_stage.labels(domain, "received_to_delivered").observe(seconds)

    def staged(domain: str, stage: str, seconds: float) -> None:
        app.metrics.alert_stage.labels(domain, stage).observe(seconds)

    def version_of(rule: str) -> str | None:
        found = app.engine.ruleset.rules.get(rule)
        if found is not None:
            return found.version
        return own.version_of(rule) or app.statuses.burn.version_of(rule)

    def is_absence(rule: str) -> bool:
        found = app.ruleset.rules.get(rule)
        return found is not None and found.kind == ABSENT

    return Hooks(delivered, staged, version_of, is_absence)


def _reach(app: Application, policy: Policy, http: HttpClient, threads: Threads, outcomes: Outcomes) -> Reach:
    notify = app.config.notify
    writer = Writer(
        Setting.of(app.folder.city, app.folder.catalog, notify.console or app.console_url), notify.templates
    )
    for problem in writer.problems:
        log.warning("a template of notifications is wrong; the built-in one is used", problem=str(problem))

    async def publish(topic: str, payload: bytes) -> bool:
        return await app.telemetry.outlet.tell(topic, payload)

    means = Means(http, threads, Composer(writer, notify.language_of), app.clock.now, publish)
    given = {name: receiver.channels for name, receiver in notify.receivers.items()}
    given |= {name: (LogChannel(kind="log"),) for name in unreached(policy, notify)}
    limits = {name: Limits(one.rate, one.digest) for name, one in notify.receivers.items()}
    retry = Backoff(notify.retry.first, notify.retry.most, notify.retry.give_up)
    return Reach(_channels(given, means), limits, retry, outcomes.count)


def _channels(
    given: Mapping[str, tuple[ChannelSettings, ...]], means: Means
) -> dict[tuple[str, str], Channel]:
    """A channel for each that is configured; the second of a kind is called ``email-2``."""
    channels: dict[tuple[str, str], Channel] = {}
    problems = []
    for receiver, settings in given.items():
        numbers = {one.kind: count(1) for one in settings}
        for one in settings:
            number = next(numbers[one.kind])
            name = one.kind if number == 1 else f"{one.kind}-{number}"
            try:
                channels[receiver, name] = make_channel(one, means)
            except ChannelError as error:
                problems.append(Problem("nakhon.yaml", 0, f"notify.receivers.{receiver}", str(error)))
    if problems:
        raise ProblemsError(problems)
    return channels


async def watch_over(app: Application) -> None:
    """Nakhon's own troubles as alerts, and the heartbeat; both until the process stops."""
    alerting = app.alerting
    alerting.own.restore(app.alerts.open_alerts())
    tasks = [asyncio.create_task(ownhealth.watch(app, alerting.own), name="own troubles")]
    senders = await asyncio.to_thread(_senders, app)
    if senders:
        every = app.config.notify.heartbeat.every
        alerting.heartbeat = Heartbeat(app.clock, every, senders, app.ready)
        tasks.append(asyncio.create_task(alerting.heartbeat.run(), name="heartbeat"))

    async def stop() -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    app.push("own troubles", stop)


def _senders(app: Application) -> list[Sender]:
    given = app.config.notify.heartbeat
    senders: list[Sender] = []
    webhook = given.webhook
    if webhook is not None and webhook.url is not None:
        tls = trust(webhook.ca_file)
        beats = WebhookBeats(app.alerting.http, webhook.url, webhook.fail, webhook.secret, tls=tls)
        senders.append(beats)
    if given.mqtt:

        async def publish(topic: str, payload: bytes) -> bool:
            return await app.telemetry.outlet.tell(topic, payload, retain=True)

        senders.append(MqttBeats(publish, topics.heartbeat_topic(app.folder.city.id)))
    return senders
