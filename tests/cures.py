"""Takes each cure of a known fault out, in a copy of the tree, and sees that the test which is there for
it fails. A test that passes without the cure says nothing with it.

`script/cures` starts PostgreSQL and calls this. It builds once for each cure.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# What the cure is for; where it stands, what it says, and what is put in its place; the tests that have
# to notice.
CURES = [
    ("a bomb of fragments is measured, also where no field of the root is one",
     [("src/graphql/document.rs", "if nodes > limits.nodes {", "if nodes > limits.nodes && limits.nodes == 0 {")],
     ["document::tests::a_bomb_in_fragments_that_nobody_spreads_is_refused"]),
    ("a body ends at its limit, also where it does not say its length",
     [("src/http/incoming.rs", "length > config.body_limit)", "length > usize::MAX - 1)"),
      ("src/http/incoming.rs", "payload.to_bytes_limited(config.body_limit)",
       "payload.to_bytes_limited(usize::MAX)")],
     ["transport::a_large_body_is_refused_before_it_is_read",
      "transport::a_large_body_of_unknown_length_is_refused_at_the_limit"]),
    ("a form is no request",
     [("src/http/incoming.rs", "if !media::is_json(header(CONTENT_TYPE)) {",
       "if !media::is_json(header(CONTENT_TYPE)) && config.body_limit == 0 {")],
     ["transport::what_is_not_json_is_refused_by_its_type"]),
    ("a body has to arrive in time",
     [("src/http/incoming.rs", "Duration::from_secs(config.body_deadline)",
       "Duration::from_secs(config.body_deadline + 600)")],
     ["transport::a_body_that_trickles_in_is_given_up"]),
    ("a unit of work is finished though nobody waits for it",
     [("src/op.rs", "match tokio::spawn(task.in_current_span()).await {",
       "match Ok::<_, tokio::task::JoinError>(task.in_current_span().await) {")],
     ["races::what_was_begun_is_finished_though_nobody_waits_for_it"]),
    ("a connection that comes back to its pool is rolled back (PostgreSQL)",
     [("src/db.rs", '"BEGIN; ROLLBACK").await?;\n                Ok(true)', '"SELECT 1").await?;\n                Ok(true)')],
     ["db::tests::what_is_acknowledged_after_a_begin_that_nobody_saw_is_kept"]),
    ("a connection on which a full disk left something is not used again (SQLite)",
     [("src/db.rs", "begins.is_ok() && ", "begins.is_ok() || ")],
     ["db::tests::what_is_acknowledged_after_a_full_disk_is_kept"]),
    ("writers of SQLite queue for the lock at once",
     [("src/db.rs", "SqliteTransactionMode::Immediate", "SqliteTransactionMode::Deferred"),
      ("src/db.rs", ".max_connections(1)", ".max_connections(8)"),
      ("src/db.rs", 'Some("40001" | "40P01" | "5" | "517")', 'Some("40001" | "40P01")')],
     ["races::of_forty_who_submit_a_step_at_once_one_does"]),
    ("a mail server that falls silent is given up",
     [("src/mail/smtp.rs", "timeout_at(until, self.offer(&mut connection, message)).await",
       "Ok::<_, tokio::time::error::Elapsed>(self.offer(&mut connection, message).await)")],
     ["mail::a_silent_server_is_given_up_at_the_deadline"]),
    ("a flood of passwords waits for a core, or is turned away",
     [("src/auth/password.rs", "Semaphore::new(cores * (1 + QUEUE))", "Semaphore::new(1_000_000)")],
     ["identity::passwords::two_hundred_hashes_at_once_are_bounded_and_the_rest_is_sent_away"]),
]


def build_and_run(tree, tests):
    """Whether all of the tests pass; none where it does not build."""
    # One that hangs has noticed as well.
    words = ["cargo", "nextest", "run", "--workspace", "--no-fail-fast", "--hide-progress-bar",
             "-E", " | ".join(f"test({test})" for test in tests)]
    built = subprocess.run(["cargo", "nextest", "run", "--workspace", "--no-run"], cwd=tree,
                           capture_output=True, text=True, check=False)
    if built.returncode:
        print(built.stderr)
        return None, built.stderr
    try:
        ran = subprocess.run(words, cwd=tree, capture_output=True, text=True, check=False, timeout=180)
    except subprocess.TimeoutExpired:
        return False, "it hangs"
    return ran.returncode == 0, ran.stderr


def main():
    root = Path(__file__).resolve().parent.parent
    only = sys.argv[1:]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True, check=True)
        for name in filter(None, files.stdout.split("\n")):
            if (root / name).exists():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, tree / name)
        every = [test for _, _, tests in CURES for test in tests]
        if not only:
            passed, told = build_and_run(tree, every)
            if not passed:
                raise SystemExit(f"the tests do not pass with the cures:\n{told}")
        for what, changes, tests in CURES:
            if only and not any(word in what for word in only):
                continue
            before = {}
            for file, cure, without in changes:
                text = (tree / file).read_text()
                before.setdefault(file, text)
                if text.count(cure) != 1:
                    raise SystemExit(f"{file} says {text.count(cure)} times: {cure}")
                (tree / file).write_text(text.replace(cure, without))
            passed, _ = build_and_run(tree, tests)
            for file, text in before.items():
                (tree / file).write_text(text)
                os.utime(tree / file)
            is_noticed = passed is False
            failed += not is_noticed
            print(f"{'ok' if is_noticed else 'not ok'} - {what}", flush=True)
    print(f"{'all are' if not failed else f'{failed} not'} noticed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
