"""An engine that is a server's: what is sent, where to and where not, and what is made of the answers."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

from localdigest import cli
from localdigest.doctor import proof
from localdigest.engine.endpoint import KEY, Endpoint, body, thoughtless
from localdigest.flows.brief import find_models
from localdigest.messages.errors import ConfigError, EngineFailed, ModelError
from localdigest.records import Message, Request, Sampling
from localdigest.workspace import config
from tests.kit.endpoint_server import QUESTION, Reply, Served, answer, ask, opened
from tests.kit.places import SAMPLE, SAMPLE_DAY
from tests.kit.scripted_engine import some_chinese

# ---------------------------------------------------------------- what is sent


def test_each_server_is_sent_what_it_understands() -> None:
    request = Request((Message("user", "Hi"),), 9, Sampling(0.7, 20, 0.8, 5), ("\n", "。"), "答：")
    plain = body(request, "qwen", "")
    assert plain["messages"][-1] == {"role": "user", "content": "Hi\n\n答："}
    assert (plain["temperature"], plain["top_p"], plain["seed"], plain["max_tokens"]) == (0.7, 0.8, 5, 9)
    assert plain["stop"] == ["\n", "。"]
    assert not {"top_k", "chat_template_kwargs", "reasoning_effort"} & set(plain)
    for dialect in ("llama-server", "vLLM", "SGLang"):
        asked = body(request, "qwen", dialect)
        assert asked["messages"][-1] == {"role": "assistant", "content": "答："}
        assert asked["chat_template_kwargs"] == {"enable_thinking": False}
        assert asked["top_k"] == 20
        assert asked.get("continue_final_message", False) is (dialect != "llama-server")
    assert body(request, "qwen", "Ollama")["reasoning_effort"] == "none"
    greedy = body(QUESTION, "qwen", "vLLM")
    assert (greedy["temperature"], greedy["top_k"]) == (0.0, 1)
    assert "seed" not in greedy


def test_a_key_goes_into_the_header_and_nowhere_else(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "sesame")
    engine = opened(served)
    ask(engine, QUESTION)
    assert served.headers[0]["authorization"] == "Bearer sesame"
    assert "sesame" not in json.dumps(served.asked) + engine.description
    engine.close()


def test_so_many_at_a_time_and_each_answer_finds_its_request(served: Served) -> None:
    served.pause = 0.03
    served.reply = lambda asked: answer(asked["messages"][-1]["content"])
    engine = opened(served, slots=3)
    requests = [Request((Message("user", f"question {i}"),), 8) for i in range(12)]
    assert [found.text for found in ask(engine, *requests)] == [f"question {i}" for i in range(12)]
    assert served.most_at_once == 3
    assert engine.stats.output_tokens == 12 * 5
    engine.close()


# ---------------------------------------------------------------- what is made of the answers


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("好。", "好。"),
        ("<think>\nHm, morning.\n</think>\n\n好。", "好。"),
        ("Hm, morning.\n</think>\n\n好。", "好。"),
        ("<think>Hm, and so on without", ""),
        ("a < think > b", "a < think > b"),
    ],
)
def test_thoughts_are_cut_from_an_answer(told: str, text: str) -> None:
    assert thoughtless(told) == text


@pytest.mark.parametrize(
    ("reply", "text", "finish"),
    [
        (answer("好。"), "好。", "stop"),
        (answer("好", "length"), "好", "length"),
        (answer("很好很好" * 60, "length"), "很好很好" * 60, "repetition"),
        (answer("", "content_filter"), "", "refused"),
        ({"choices": []}, "", "refused"),
        ({"choices": [{"message": {"content": None}, "finish_reason": "stop"}]}, "", "stop"),
    ],
)
def test_each_reason_for_an_end_is_told(served: Served, reply: Reply, text: str, finish: str) -> None:
    served.reply = lambda _: reply
    engine = opened(served)
    (found,) = ask(engine, QUESTION)
    assert (found.text, found.finish) == (text, finish)
    engine.close()


def test_tokens_are_the_servers_count_and_a_prefill_is_no_part_of_the_answer(served: Served) -> None:
    served.reply = lambda _: answer("答：好。", prompt_tokens_details={"cached_tokens": 6})
    engine = opened(served)
    (found,) = ask(engine, Request(QUESTION.messages, 8, prefill="答："))
    assert (found.text, found.prompt_tokens, found.evaluated_tokens, found.output_tokens) == ("好。", 10, 4, 5)
    engine.close()


def test_a_prompt_that_is_too_long_costs_itself_only(served: Served) -> None:
    engine = opened(served)
    served.faults.append((400, '{"error": {"message": "the request exceeds the available context size"}}', {}))
    found = ask(engine, QUESTION, QUESTION)
    assert sorted(one.finish for one in found) == ["refused", "stop"]
    assert "context size" in next(one.detail for one in found if one.finish == "refused")
    engine.close()


def test_a_server_that_takes_only_what_is_openais_own_gets_that(served: Served) -> None:
    engine = opened(served)
    served.faults.append((400, '{"error": "unknown field chat_template_kwargs"}', {}))
    assert [one.text for one in ask(engine, QUESTION)] == ["好。"]
    ask(engine, QUESTION)
    assert ["top_k" in asked for asked in served.asked] == [True, False, False]
    engine.close()


@pytest.mark.parametrize("fault", [(503, "loading", {}), (500, "", {}), (429, "", {"Retry-After": "0"}), (0, "", {})])
def test_trouble_that_may_pass_is_asked_again(served: Served, fault: tuple[int, str, dict[str, str]]) -> None:
    said: list[str] = []
    engine = Endpoint(served.url, "qwen", 1, lambda text: said.append(str(text)), pause=0.01)
    served.faults.extend([fault, fault])
    assert ask(engine, QUESTION)[0].text == "好。"
    assert len(served.asked) == 3
    assert "asking again" in said[0]
    engine.close()


def test_trouble_without_an_end_is_the_engines_failure(served: Served) -> None:
    engine = opened(served)
    served.faults.extend([(503, "", {})] * 50)
    with pytest.raises(EngineFailed, match="not ready"):
        ask(engine, QUESTION)
    engine.close()


def test_a_server_that_cannot_be_used_is_one_sentence(served: Served) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(EngineFailed, match="cannot be connected"):
            Endpoint(f"http://127.0.0.1:{unused.getsockname()[1]}", "qwen", 1, pause=0.001)
    with pytest.raises(ModelError, match="may be: qwen"):
        Endpoint(served.url, "llama", 1)
    engine = opened(served)
    served.faults.append((401, "no key", {}))
    with pytest.raises(EngineFailed, match="401"):
        ask(engine, QUESTION)
    served.faults.append((200, "<html>", {}))
    with pytest.raises(EngineFailed, match="OpenAI API"):
        ask(engine, QUESTION)
    engine.close()


# ---------------------------------------------------------------- a day


@pytest.fixture
def space(served: Served, tmp_path: Path) -> config.Workspace:
    root = tmp_path / "digest"
    config.create(root)
    before, _, rest = (root / config.FILE).read_text(encoding="utf-8").partition("[engine]\n")
    mode = f'[engine]\nkind = "endpoint"\nurl = "{served.url}"\nmodel = "qwen"\n'
    after = "".join(f"\n[{table}" for table in rest.split("\n[")[1:])
    (root / config.FILE).write_text(before + mode + after, encoding="utf-8")
    return config.open_workspace(root)


def localdigest(space: config.Workspace, *words: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["localdigest", "-C", str(space.root), *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(str(ended.value.code or 0))


def test_a_day_by_a_server_has_the_flows_and_checks_of_any_other(
    served: Served, space: config.Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    def reply(asked: Reply) -> Reply:
        messages = tuple(Message(one["role"], one["content"]) for one in asked["messages"])
        return answer(some_chinese(Request(messages, 8)).text)

    served.reply = reply
    listing = ["--from", str(SAMPLE / "atom.xml"), "--pdf-dir", str(SAMPLE / "pdfs"), "--date", str(SAMPLE_DAY)]
    assert localdigest(space, "digest", *listing) == 0
    export = json.loads((space.exports / f"{SAMPLE_DAY}.json").read_bytes())
    assert export["counts"]["done"] == proof.SAMPLE_WORK
    made = export["papers"][0]["translation"]["provenance"]
    assert (made["model"], made["model_sha256"]) == ("qwen", "endpoint:qwen")
    assert made["engine"].startswith("endpoint (llama-server)")
    assert served.url not in json.dumps(export), "a page that goes public must not tell of a lab's network"
    assert "qwen (endpoint)" in (space.posts / f"{SAMPLE_DAY}-arxiv.md").read_text(encoding="utf-8")
    asked = len(served.asked)
    assert localdigest(space, "digest", "--date", str(SAMPLE_DAY)) == 0
    assert len(served.asked) == asked, "what is stored is not done again"
    # Another model on that server is another's work, and so is the model of this machine.
    other = config.open_workspace(space.root, model="other")
    assert find_models(other)["translate"].sha256 == "endpoint:other"
    assert localdigest(space, "render", "--date", str(SAMPLE_DAY)) == 0
    capsys.readouterr()
    localdigest(space, "doctor")
    assert f"endpoint: digests send what they work on to {served.url}" in capsys.readouterr().out
    assert localdigest(space, "doctor", "--prove-offline") == 2
    assert localdigest(space, "digest", "--cluster", "auto") == 2
    assert localdigest(space, "bench") == 2


def test_a_server_that_fails_half_way_leaves_a_page_and_the_rest_pending(
    served: Served, space: config.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localdigest.engine.endpoint.ATTEMPTS", 1)
    served.faults.extend([(404, "model unloaded", {})] * 500)
    listing = ["--from", str(SAMPLE / "atom.xml"), "--pdf-dir", str(SAMPLE / "pdfs"), "--date", str(SAMPLE_DAY)]
    assert localdigest(space, "digest", *listing) == 3
    export = json.loads((space.exports / f"{SAMPLE_DAY}.json").read_bytes())
    assert export["counts"]["pending"] == proof.SAMPLE_WORK


def test_an_endpoint_without_an_address_or_a_model_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / config.FILE).write_text('[engine]\nkind = "endpoint"\nurl = "http://127.0.0.1"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"engine\.model"):
        find_models(config.open_workspace(tmp_path))


# ---------------------------------------------------------------- a real server
