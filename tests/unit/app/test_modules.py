"""The table of modules: no circles, nothing unknown, each after what it stands on."""

from __future__ import annotations

import pytest
from blockbuster import BlockBuster

from services.app.modules import MODULES, order
from services.runtime.lifecycle import Lifecycle, StartupError
from services.runtime.targets import NEEDS, choose


def test_every_module_starts_after_those_it_stands_on() -> None:
    started: set[str] = set()
    for name in order():
        assert set(MODULES[name].needs) <= started, name
        started.add(name)
    assert started == MODULES.keys()


def test_targets_need_targets_that_there_are() -> None:
    assert all(needs <= NEEDS.keys() for needs in NEEDS.values())
    assert choose("all") == choose(",".join(NEEDS)) == frozenset(NEEDS)


@pytest.mark.parametrize(("text", "said"), [("api", "memory bus"), ("al", "choose from"), ("", "memory bus")])
def test_a_split_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(StartupError, match=said):
        choose(text)


async def test_clean_ups_run_in_reverse_and_each_of_them(no_blocking_calls: BlockBuster) -> None:
    no_blocking_calls.deactivate()  # telling an exception reads the source that it happened in
    done: list[str] = []
    lifecycle = Lifecycle()

    async def stop(name: str) -> None:
        done.append(name)
        if name == "second":
            raise RuntimeError("would not stop")

    for name in ("first", "second", "third"):
        lifecycle.push(name, lambda name=name: stop(name))
    await lifecycle.close()
    assert done == ["third", "second", "first"]
