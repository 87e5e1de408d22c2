"""A policy says whom to trust, and how many witnesses are enough."""

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs import LOG_KEYS, ORIGIN, TIME

from evenhand.tlog.checkpoint import Checkpoint
from evenhand.tlog.errors import BadSignature, Malformed, NoQuorum, Unsigned
from evenhand.tlog.note import Note
from evenhand.tlog.policy import Party, Policy
from evenhand.tlog.signatures import SignatureType, SigningKey, signed
from evenhand.tlog.tree import leaf_hash

NAMES = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
WITNESSES = {
    name: SigningKey(f"{name.lower()}.example", SignatureType.COSIGNATURE, name.encode() * 16)
    for name in NAMES
}
V = {name: str(key.verifier_key) for name, key in WITNESSES.items()}
LOG = str(LOG_KEYS[0].verifier_key)
# The example of the specification, with keys.
EXAMPLE = f"""\
log {LOG}

witness X1 {V["X1"]}
witness X2 {V["X2"]}
witness X3 {V["X3"]}
group X-witnesses 2 X1 X2 X3

witness Y1 {V["Y1"]}
witness Y2 {V["Y2"]}
witness Y3 {V["Y3"]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""
CHECKPOINT = Checkpoint(ORIGIN, 1, leaf_hash(b"one"))


def cosigned(*names: str) -> Note:
    keys = [LOG_KEYS[0], *(WITNESSES[name] for name in names)]
    return signed(CHECKPOINT, keys, time=TIME)


def test_the_example_of_the_specification_asks_for_two_of_x_and_one_of_y():
    policy = Policy.parse(EXAMPLE.encode())
    everybody = chain.from_iterable(combinations(NAMES, count) for count in range(7))
    for names in everybody:
        enough = sum(name < "Y" for name in names) >= 2 and names[-1:] >= ("Y",)
        trusted = policy.judged(cosigned(*names))
        assert trusted.has_quorum == policy.is_quorum(names) == enough
        assert trusted.witnesses == dict.fromkeys(names, TIME)


def test_a_checkpoint_without_its_quorum_is_refused_and_says_who_cosigned():
    with pytest.raises(NoQuorum, match="X1, Y2"):
        Policy.parse(EXAMPLE.encode()).verify(cosigned("X1", "Y2"))


@pytest.mark.parametrize(
    ("quorum", "enough"), [("none", [()]), ("X1", [("X1",), ("X1", "X2")])]
)  # fmt: skip
def test_a_quorum_may_be_one_witness_or_nobody(quorum: str, enough: list[tuple[str, ...]]):
    policy = Policy.parse(f"log {LOG}\nwitness X1 {V['X1']}\nquorum {quorum}\n".encode())
    for names in enough:
        assert policy.verify(cosigned(*names)).checkpoint == CHECKPOINT
    if quorum != "none":
        with pytest.raises(NoQuorum):
            policy.verify(cosigned("X2"))


def test_a_witness_with_two_keys_counts_once_where_they_are_a_group():
    ml_dsa = SigningKey("x1.example", SignatureType.ML_DSA_44, b"p" * 32)
    policy = Policy.parse(
        f"log {LOG}\nwitness X1 {V['X1']}\nwitness X1-pq {ml_dsa.verifier_key}\n"
        f"witness X2 {V['X2']}\ngroup X any X1 X1-pq\ngroup both 2 X X2\nquorum both\n".encode()
    )
    keys = [LOG_KEYS[0], WITNESSES["X1"], ml_dsa]
    assert not policy.judged(signed(CHECKPOINT, keys, time=TIME)).has_quorum
    assert policy.judged(signed(CHECKPOINT, [*keys, WITNESSES["X2"]], time=TIME)).has_quorum


def test_each_key_of_a_log_is_enough():
    lines = "".join(f"log {key.verifier_key}\n" for key in LOG_KEYS)
    policy = Policy.parse(f"{lines}quorum none\n".encode())
    for keys in (LOG_KEYS[:1], LOG_KEYS[1:], LOG_KEYS):
        trusted = policy.verify(signed(CHECKPOINT, keys, time=TIME))
        assert list(trusted.log_keys) == [key.verifier_key for key in keys]


def test_the_key_of_one_log_does_not_sign_for_another():
    other = Checkpoint("example.com/other", 1, CHECKPOINT.root)
    other_key = SigningKey("example.com/other", SignatureType.ED25519, b"o" * 32)
    policy = Policy.parse(f"log {LOG}\nlog {other_key.verifier_key}\nquorum none\n".encode())
    with pytest.raises(Unsigned):
        policy.verify(signed(other, [LOG_KEYS[0]], time=TIME))
    assert policy.verify(signed(other, [other_key], time=TIME)).checkpoint == other


def test_witnesses_alone_vouch_for_nothing():
    note = signed(CHECKPOINT, list(WITNESSES.values()), time=TIME)
    with pytest.raises(Unsigned):
        Policy.parse(EXAMPLE.encode()).verify(note)


def test_a_log_that_nobody_named_is_refused():
    other = Checkpoint("example.com/other", 1, CHECKPOINT.root)
    with pytest.raises(Unsigned, match=r"example\.com/other"):
        Policy.parse(EXAMPLE.encode()).verify(signed(other, LOG_KEYS, time=TIME))


def test_a_false_cosignature_of_a_known_witness_refuses_the_checkpoint():
    note = cosigned("X1", "X2", "Y1")
    false = SigningKey("x3.example", SignatureType.COSIGNATURE, b"f" * 32).sign(
        note.text, time=TIME
    )
    x3 = WITNESSES["X3"].verifier_key
    named = type(false)(false.name, x3.key_id, false.payload)
    with pytest.raises(BadSignature):
        Policy.parse(EXAMPLE.encode()).verify(note.signed([named]))


@pytest.mark.parametrize("text", [EXAMPLE, "quorum none\n"])
def test_what_is_written_reads_as_the_same(text: str):
    policy = Policy.parse(text.encode())
    assert Policy.parse(bytes(policy)) == policy


def test_urls_comments_tabs_and_bytes_that_are_no_utf_8_are_taken():
    text = (
        b"\t # by h\xe9l\xe8ne\n log\t" + LOG.encode() + b" https://log.example/ \n"
        b"witness h\xe9l\xe8ne " + V["X1"].encode() + b"\nquorum h\xe9l\xe8ne"
    )
    policy = Policy.parse(text)
    assert policy.logs[0].url == "https://log.example/"
    assert b"quorum h\xe9l\xe8ne\n" in bytes(policy)
    assert policy.verify(cosigned("X1")).checkpoint == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "", "log\nquorum none\n", f"log {LOG}\n", "quorum\n", "quorum X1\n", "quorum none none\n",
        "quorum none\nquorum none\n", "quorum none\nlogs\n", f"log {LOG} a b\nquorum none\n",
        f"log {LOG}\nlog {LOG}\nquorum none\n", f"log {V['X1']}\nquorum none\n",
        f"witness X1 {LOG}\nquorum X1\n", f"witness none {V['X1']}\nquorum none\n",
        f"witness X1 {V['X1']}\nwitness X1 {V['X2']}\nquorum X1\n",
        f"witness X1 {V['X1']}\nwitness X2 {V['X1']}\nquorum X1\n",
        f"quorum X1\nwitness X1 {V['X1']}\n", f"witness X1 {V['X1']}\ngroup G 1\nquorum G\n",
        f"witness X1 {V['X1']}\ngroup G 0 X1\nquorum G\n",
        f"witness X1 {V['X1']}\ngroup G 2 X1\nquorum G\n",
        f"witness X1 {V['X1']}\ngroup G 01 X1\nquorum G\n",
        f"witness X1 {V['X1']}\ngroup G some X1\nquorum G\n",
        f"witness X1 {V['X1']}\ngroup X1 any X1\nquorum X1\n",
        f"witness X1 {V['X1']}\ngroup G any X1 X1\nquorum G\n",
        f"witness X1 {V['X1']}\ngroup G any X1\ngroup H any X1\nquorum G\n",
        f"witness X1 {V['X1']}\ngroup G any G\nquorum G\n",
        f"witness X1 {V['X1']}\ngroup G any none\nquorum G\n",
        "quorum none\r\n", "quorum none\f\n", "quorum none\x7f\n",
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_refused(text: str):
    with pytest.raises(Malformed):
        Policy.parse(text.encode())


def test_the_line_that_breaks_a_rule_is_named():
    with pytest.raises(Malformed, match="line: 3"):
        Policy.parse(f"# mine\nlog {LOG}\nlog {LOG}\nquorum none\n".encode())


def test_the_same_key_under_another_name_is_the_same_key():
    renamed = SigningKey(
        "else.example", SignatureType.COSIGNATURE, WITNESSES["X1"].seed
    ).verifier_key
    with pytest.raises(Malformed):
        Policy.parse(
            f"witness X1 {V['X1']}\nwitness X2 {renamed}\ngroup G 2 X1 X2\nquorum G\n".encode()
        )


def test_32_of_each_are_taken():
    keys = [
        SigningKey(f"w{n}.example", SignatureType.COSIGNATURE, bytes([n]) * 32) for n in range(32)
    ]
    logs = [SigningKey(f"l{n}.example", SignatureType.ED25519, bytes([n]) * 32) for n in range(32)]
    lines = [f"log {key.verifier_key}" for key in logs]
    lines += [f"witness w{n} {key.verifier_key}" for n, key in enumerate(keys)]
    lines += [f"group g{n} any w{n}" for n in range(31)]
    lines += ["group all all " + " ".join(f"g{n}" for n in range(31)), "quorum all", ""]
    policy = Policy.parse("\n".join(lines).encode())
    assert policy.is_quorum([f"w{n}" for n in range(31)])
    assert not policy.is_quorum([f"w{n}" for n in range(30)])


@given(st.binary(max_size=200))
def test_no_bytes_are_answered_otherwise_than_by_a_policy_or_a_refusal(data: bytes):
    try:
        found = Policy.parse(data)
    except Malformed:
        return
    assert Policy.parse(bytes(found)) == found


def test_a_log_may_have_a_place():
    party = Party(LOG_KEYS[0].verifier_key, "https://log.example/")
    assert Policy.parse(bytes(Policy((party,)))).logs == (party,)
