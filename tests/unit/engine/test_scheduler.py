"""The scheduler over a toy model: company changes no answer, no cell is used twice, and a shared beginning is free."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from localdigest.engine.sampling import confidence, log_probability, loops, sample
from localdigest.engine.scheduler import Scheduler, pieces, slot_length
from localdigest.messages.errors import EngineFailed
from localdigest.records import Completion, Message, Request, Sampling
from tests.kit.toy_backend import Toy, alone, tokens_of


def ask(
    text: str, max_tokens: int = 20, stop: tuple[str, ...] = (), temperature: float = 0.0, seed: int = 0
) -> Request:
    return Request((Message("user", text),), max_tokens, Sampling(temperature, 8, 0.9, seed), stop)


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311


def letters(rng: Random, length: int) -> str:
    return "".join(rng.choices(string.ascii_lowercase, k=length))


def run(scheduler: Scheduler, requests: Iterable[Request], late: Iterable[Request] = ()) -> list[Completion]:
    """The answers, in the order of the requests; one of `late` is submitted at each step."""
    tickets = [scheduler.submit(request) for request in requests]
    answers: dict[int, Completion] = {}
    coming = list(late)
    for _ in range(5000):
        for ticket, completion in scheduler.step():
            assert ticket not in answers, "answered twice"
            answers[ticket] = completion
        if coming:
            tickets.append(scheduler.submit(coming.pop(0)))
        if len(answers) == len(tickets) and not coming:
            break
    assert sorted(answers) == sorted(tickets)
    assert scheduler.step() == []
    return [answers[ticket] for ticket in tickets]


def same(answer: Completion, expected: Completion) -> bool:
    return replace(answer, seconds=0.0, evaluated_tokens=0, confidence=None) == expected


def mixed(rng: Random, count: int) -> list[Request]:
    """Requests as flows make them: few beginnings, many ends; greedy and sampled; long and short answers."""
    starts = [letters(rng, rng.randrange(1, 60)) for _ in range(3)]
    starts += [start + letters(rng, 30) for start in starts]
    return [
        ask(
            rng.choice(starts) + letters(rng, rng.randrange(0, 25)) or "a",
            max_tokens=rng.choice([1, 5, 40]),
            stop=rng.choice([(), ("\n",), ("x", "中", "- ")]),
            temperature=rng.choice([0.0, 0.0, 1.3]),
            seed=rng.randrange(3),
        )
        for _ in range(count)
    ]


def nodes(requests: Iterable[Request]) -> int:
    """Nodes of the tree of all prompts: the tokens that must be decoded at least."""
    prompts = [tuple(tokens_of(r)) for r in requests]
    return len({p[:length] for p in prompts for length in range(1, len(p) + 1)})


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize("kind", [{}, {"states": 2}, {"states": 6}, {"fills": True}])
@pytest.mark.parametrize("seed", range(6))
def test_company_changes_no_answer(seed: int, kind: dict[str, int]) -> None:
    rng = dice(seed)
    # From a single slot to more than the requests need, and prompts that ask for slots of two lengths.
    slots, cells = rng.choice([1, 4, 8, 12]), rng.choice([1100, 2048, 8192])
    toy = Toy(slots, cells, longest=1024, batch=40, **kind)  # type: ignore[arg-type]
    requests = mixed(rng, 24)
    for place in (4, 5, 17):
        requests[place] = ask(letters(rng, 600), 12)
    answers = run(Scheduler(toy), requests[:14], requests[14:])
    for request, answer in zip(requests, answers, strict=True):
        assert same(answer, alone(request))
    assert {a.finish for a in answers} == {"stop", "length"}
    assert toy.fullest > 1


def test_the_order_of_submission_changes_no_answer() -> None:
    rng = dice(5)
    requests = mixed(rng, 20)
    first = run(Scheduler(Toy()), requests)
    order = rng.sample(range(20), 20)
    second = run(Scheduler(Toy()), [requests[i] for i in order])
    assert all(
        same(second[place], replace(first[i], seconds=0, evaluated_tokens=0, confidence=None))
        for place, i in enumerate(order)
    )


def test_the_first_stop_string_ends_the_answer() -> None:
    rng = dice(0)
    # Some tokens hold both stop strings; whatever their order in the request, the answer ends before the earlier one.
    for stop in (("- ", "\n"), ("\n", "- ")):
        requests = [ask(letters(rng, 12), 60, stop) for _ in range(40)]
        answers = run(Scheduler(Toy()), requests)
        assert all(same(answer, alone(request)) for request, answer in zip(requests, answers, strict=True))
        assert not any("\n" in a.text or "- " in a.text for a in answers)
        assert any(a.finish == "stop" and a.text for a in answers)


def test_an_answer_stops_at_its_limit_between_characters() -> None:
    class Bytewise(Toy):
        """Two tokens for a character, as models have for rare ones."""

        def piece(self, token: int) -> bytes:
            return "中".encode()[:2]

        def ends(self, token: int) -> bool:
            return False

    (answer,) = run(Scheduler(Bytewise()), [ask("abc", 1)])
    assert (answer.text, answer.finish, answer.output_tokens) == ("", "length", 1)


def test_a_seed_gives_the_same_answer_and_another_seed_another() -> None:
    requests = [ask("onceuponatime", 30, temperature=2.0, seed=seed) for seed in (1, 2, 1, 3)]
    texts = [a.text for a in run(Scheduler(Toy()), requests)]
    assert texts[0] == texts[2]
    assert len(set(texts)) == 3


# ---------------------------------------------------------------- sharing


def tree(rng: Random, papers: int = 6, parts: int = 3, each: int = 4) -> list[Request]:
    """System prompt -> a paper's evidence -> a part -> a request: how an explanation's prompts branch."""
    system = letters(rng, 60)
    evidence = [system + letters(rng, 240) for _ in range(papers)]
    heads = [paper + letters(rng, 30) for paper in evidence for _ in range(parts)]
    return [ask(head + letters(rng, 25), 12) for head in heads for _ in range(each)]


@pytest.mark.parametrize("slots", [4, 8, 16])
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("batch", [16, 64, 512])
def test_a_shared_beginning_is_decoded_once(batch: int, shuffled: bool, slots: int) -> None:
    requests = tree(dice(3))
    if shuffled:  # siblings far apart: what the others wait for must not be overwritten
        dice(1).shuffle(requests)
    scheduler = Scheduler(Toy(slots, slots * 512, batch=batch))
    answers = run(scheduler, requests)
    least = nodes(requests)
    stats = scheduler.stats
    assert sum(len(tokens_of(r)) for r in requests) == stats.prompt_tokens == sum(a.prompt_tokens for a in answers)
    assert stats.evaluated_tokens == sum(a.evaluated_tokens for a in answers)
    assert stats.output_tokens == sum(a.output_tokens for a in answers)
    assert least <= stats.evaluated_tokens <= 1.02 * least < 0.5 * stats.prompt_tokens


def test_a_window_of_requests_shares_as_well_as_all_of_them() -> None:
    """As a driver submits: never more than twice the slots at once."""
    requests = tree(dice(4), papers=12)
    scheduler = Scheduler(Toy(8, 8 * 512))
    coming, waiting = iter(requests), 0
    for _ in range(5000):
        while waiting < 16 and (request := next(coming, None)) is not None:
            scheduler.submit(request)
            waiting += 1
        waiting -= len(scheduler.step())
        if not waiting:
            break
    assert scheduler.stats.evaluated_tokens <= 1.02 * nodes(requests)


def test_a_later_request_finds_the_beginning_of_a_finished_one() -> None:
    scheduler = Scheduler(Toy())
    start = letters(dice(1), 50)
    (first,) = run(scheduler, [ask(start + "first")])
    (second,) = run(scheduler, [ask(start + "second")])
    (again,) = run(scheduler, [ask(start + "second")])
    assert (first.evaluated_tokens, second.evaluated_tokens, again.evaluated_tokens) == (55, 6, 1)


def test_an_answers_tokens_are_not_shared_since_they_were_rounded_otherwise() -> None:
    scheduler = Scheduler(Toy())
    start = letters(dice(9), 40)
    (first,) = run(scheduler, [ask(start, 2)])
    assert first.finish == "length"
    assert first.text.isalpha(), "the toy answers in letters here, which its prompts are made of"
    (second,) = run(scheduler, [ask(start + first.text + "why")])
    assert second.evaluated_tokens == len(first.text) + 3 == 5


def test_what_a_waiting_request_needs_outlasts_what_none_needs() -> None:
    rng = dice(2)
    scheduler = Scheduler(Toy(slots=2, cells=1024))
    old, new = letters(rng, 80), letters(rng, 80)
    assert [run(scheduler, [ask(text, 2)])[0].evaluated_tokens for text in (old, new)] == [80, 80]
    # `old` was used longest ago, but the second of these begins with it, and takes the place of no other.
    other, again = run(scheduler, [ask(letters(rng, 40), 2), ask(old + "x", 2)])
    assert (other.evaluated_tokens, again.evaluated_tokens) == (40, 1)
    assert run(scheduler, [ask(new, 2)])[0].evaluated_tokens == 80


@pytest.mark.parametrize("slots", [4, 8, 16])
@pytest.mark.parametrize("shuffled", [False, True])
def test_a_recurrent_model_shares_by_the_states_it_keeps(shuffled: bool, slots: int) -> None:
    requests = tree(dice(3))
    if shuffled:
        dice(1).shuffle(requests)
    toy = Toy(slots, slots * 512, states=min(2 * slots, 16))
    scheduler = Scheduler(toy)
    answers = run(scheduler, requests)
    assert all(same(a, alone(r)) for r, a in zip(requests, answers, strict=True))
    assert scheduler.stats.evaluated_tokens <= 1.1 * nodes(requests) < 0.25 * scheduler.stats.prompt_tokens


def test_a_recurrent_model_learns_from_the_first_that_branches_where_the_others_will() -> None:
    scheduler = Scheduler(Toy(states=4))
    start = letters(dice(1), 50)
    evaluated = [run(scheduler, [ask(start + end)])[0].evaluated_tokens for end in ("first", "second", "third")]
    assert evaluated == [55, 56, 5]


@pytest.mark.parametrize("step", [1, 8])
@pytest.mark.parametrize("room", [8, 16, 64, 512])
def test_pieces_of_prompts_are_alike(room: int, step: int) -> None:
    rng = dice(room)
    for _ in range(500):
        left = [rng.choice([1, 2, 3, 4, 5, 31, 32, 33, rng.randrange(1, 700)]) for _ in range(rng.randrange(1, 17))]
        while left:
            sizes = pieces(left, room, step)
            assert 0 < sum(sizes) <= room
            (size,) = {size for size in sizes if size}
            assert size % step == 0
            assert all(piece - tokens < step for tokens, piece in zip(left, sizes, strict=True))
            left = [tokens - piece for tokens, piece in zip(left, sizes, strict=True) if tokens > piece]


# ---------------------------------------------------------------- slots


def test_lengths_of_slots_are_few() -> None:
    lengths = [slot_length(tokens) for tokens in range(1, 20000, 7)]
    assert sorted(set(lengths))[:9] == [512, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288]
    assert all(tokens <= length for tokens, length in zip(range(1, 20000, 7), lengths, strict=True))


def test_long_requests_get_fewer_and_longer_slots_and_short_ones_all_of_them_again() -> None:
    rng = dice(4)
    short = [ask(letters(rng, 90), 10) for _ in range(9)]
    long = [ask(letters(rng, 900), 10) for _ in range(3)]
    requests = [*short[:6], *long, *short[6:]]
    toy = Toy(slots=4, cells=2048)
    answers = run(Scheduler(toy), requests)
    assert all(same(a, alone(r)) for r, a in zip(requests, answers, strict=True))
    assert toy.opened == [(4, 512), (2, 1024)]
    again = run(Scheduler(toy), [*long[:1], *short])
    assert toy.opened[2:] == [(2, 1024), (4, 512)]
    assert all(same(a, alone(r)) for r, a in zip([*long[:1], *short], again, strict=True))


@pytest.mark.parametrize("states", [0, 16])
def test_sequences_stay_neighbours(states: int) -> None:
    rng = dice(6)
    # Answers of very different lengths leave gaps all the time; at the end nothing waits that could fill them.
    requests = [ask(letters(rng, 20), max_tokens=rng.randrange(1, 60)) for _ in range(16)]
    toy = Toy(8, 8 * 512, states=states)
    answers = run(Scheduler(toy), requests)
    assert all(same(a, alone(r)) for r, a in zip(requests, answers, strict=True))
    assert toy.passes == toy.decodes - toy.reads


# ---------------------------------------------------------------- refusals and room


def test_an_overlong_prompt_is_refused_with_the_numbers_and_nothing_is_decoded() -> None:
    toy = Toy(longest=100)
    scheduler = Scheduler(toy)
    too_long, just = ask("a" * 81, 20), ask("a" * 80, 20)
    refused, fits = run(scheduler, [too_long, just])
    assert refused.finish == "refused"
    assert refused.output_tokens == refused.evaluated_tokens == 0
    assert all(number in refused.detail for number in ("81", "20", "100"))
    assert same(fits, alone(just))
    assert scheduler.stats.prompt_tokens == 80


@pytest.mark.parametrize("seed", range(6))
def test_a_decode_that_finds_no_room_loses_nothing(seed: int) -> None:
    rng = dice(seed)
    requests = mixed(rng, 16)
    toy = Toy(slots=6, cells=6 * 512, refusals=frozenset(rng.sample(range(1, 40), 12)))
    answers = run(Scheduler(toy), requests)
    assert all(same(a, alone(r)) for r, a in zip(requests, answers, strict=True))


def test_two_for_which_there_never_is_room_together_run_one_after_the_other() -> None:
    requests = [ask(letters(dice(seed), 30), 20) for seed in range(5)]
    answers = run(Scheduler(Toy(crowd=1)), requests)
    assert all(same(a, alone(r)) for r, a in zip(requests, answers, strict=True))


def test_slots_are_as_long_as_any_that_waits_needs_where_there_is_room_for_as_many() -> None:
    rng = dice(4)
    toy = Toy(slots=4, cells=4096)
    run(Scheduler(toy), [ask(letters(rng, length), 10) for length in (90, 900, 1500, 90)])
    assert toy.opened == [(4, 1024), (2, 1536)]


def test_no_room_for_a_single_request_is_said_not_tried_for_ever() -> None:
    scheduler = Scheduler(Toy(full=True))
    scheduler.submit(ask("abc"))
    with pytest.raises(EngineFailed, match="single request"):
        run(scheduler, [])


def test_a_request_that_is_to_be_first_passes_those_that_wait() -> None:
    engine = Scheduler(Toy(slots=1))
    requests = [Request((Message("user", text),), max_tokens=3) for text in ("one", "two", "three")]
    tickets = [engine.submit(requests[0]), engine.submit(requests[1]), engine.submit(requests[2], first=True)]
    order: list[int] = []
    while len(order) < 3:
        order += [ticket for ticket, _ in engine.step()]
    assert order == [tickets[2], tickets[0], tickets[1]]


@pytest.mark.parametrize(
    ("tokens", "loop"),
    [
        ([7] * 24, True),
        ([7] * 23, False),
        ([*range(40), *[1, 2, 3] * 8], True),
        ([*range(48)] * 4, True),
        ([*range(48)] * 3, False),
        ([*[1, 2, 3] * 20, 9], False),
        ([*range(500)], False),
    ],
)
def test_loops_are_told_from_lists(tokens: list[int], loop: bool) -> None:
    assert loops(tokens) is loop


class Stuck(Toy):
    """Says the same for ever."""

    def logits(self, row: int) -> NDArray[np.float32]:
        scores = np.zeros(32, dtype=np.float32)
        scores[3] = 1
        return scores


def test_an_answer_that_loops_is_ended_early() -> None:
    engine = Scheduler(Stuck())
    engine.submit(Request((Message("user", "abc"),), max_tokens=500))
    ended: list[Completion] = []
    while not ended:
        ended = [completion for _, completion in engine.step()]
    assert (ended[0].finish, ended[0].output_tokens) == ("repetition", 32)


def test_closing_closes_the_model() -> None:
    toy = Toy()
    Scheduler(toy).close()
    assert toy.closed


# ---------------------------------------------------------------- sampling


def test_an_answers_confidence_is_that_of_its_least_likely_tokens() -> None:
    logits = np.log(np.array([0.5, 0.25, 0.25], np.float32)) + 7
    assert [round(log_probability(logits, token), 4) for token in (0, 1)] == [-0.6931, -1.3863]
    assert confidence([]) is None
    assert confidence([-9, *[0.0] * 90, -1]) == -2.0  # of five, wherever they stand
    (answer,) = run(Scheduler(Toy()), [ask("sayit")])
    assert answer.confidence is not None
    assert answer.confidence < 0


def test_greedy_is_the_best_token() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        logits = rng.standard_normal(500).astype(np.float32)
        assert sample(logits, Sampling(0.0, top_k=3, seed=9), None) == int(logits.argmax())
        assert sample(logits, Sampling(0.7, top_k=1), rng) == int(logits.argmax())


def test_what_the_answer_has_already_is_less_likely_by_the_penalty() -> None:
    logits = np.array([0.0, 3.0, 2.0, 1.0], np.float32)
    kept = logits.copy()
    for written, best in (([], 1), ([1], 2), ([1, 1, 2], 3), ([1, 2, 3], 1)):
        assert sample(logits, Sampling(presence_penalty=2.5), None, written) == best
    assert (logits == kept).all()


def test_draws_follow_the_distribution_within_the_nucleus() -> None:
    weights = np.array([0.02, 0.4, 0.05, 0.25, 0.15, 0.1, 0.03])
    logits = np.log(weights).astype(np.float32)
    rng = np.random.default_rng(1)

    def drawn(sampling: Sampling, count: int = 4000) -> dict[int, float]:
        return {t: n / count for t, n in Counter(sample(logits, sampling, rng) for _ in range(count)).items()}

    def near(shares: dict[int, float], expected: dict[int, float]) -> None:
        total = sum(expected.values())
        assert shares.keys() == expected.keys()
        assert all(abs(shares[t] - expected[t] / total) < 0.03 for t in expected)

    near(drawn(Sampling(1.0, 0, 1.0)), dict(enumerate(weights)))
    # Top-k first, then the smallest set whose share of what is left reaches top-p: 0.4 + 0.25 of 0.8 is 0.81.
    near(drawn(Sampling(1.0, 3, 1.0)), {1: 0.4, 3: 0.25, 4: 0.15})
    near(drawn(Sampling(1.0, 3, 0.8)), {1: 0.4, 3: 0.25})
    near(drawn(Sampling(1.0, 100, 0.6)), {1: 0.4, 3: 0.25})
    near(drawn(Sampling(0.5, 3, 1.0)), {1: 0.4**2, 3: 0.25**2, 4: 0.15**2})
    assert drawn(Sampling(1.0, 40, 0.01), 50) == {1: 1.0}
