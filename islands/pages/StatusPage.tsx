import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import type { SourceState } from "../../contracts/heartbeat.ts";
import type { RoleStatus, SystemStatus, VerifyRun } from "../../contracts/status.ts";
import { Fact } from "../Fact.tsx";
import { count, duration, UNKNOWN, utcDate, utcTime } from "../format.ts";
import { ask, useEvery } from "./hub.ts";

const AGAIN_MS = 5_000;
/** So many runs of verify are drawn. */
const RUNS = 24;

const ROLES: readonly (readonly [keyof SystemStatus["roles"], string])[] = [
  ["ingest", "takes observations in"],
  ["process", "tracks, anomalies, history"],
  ["hub", "the live stream and HTTP"],
  ["ui", "the page"],
];

/** How everything is, every few seconds. */
export function StatusPage() {
  const [status, setStatus] = useState<SystemStatus>();
  const [trouble, setTrouble] = useState("");
  useEvery(AGAIN_MS, async () => {
    const answer = await ask<SystemStatus>("/status");
    setTrouble(answer.ok ? "" : answer.why);
    if (answer.ok) setStatus(answer.body);
  });
  return (
    <>
      <p class="status-line" role="status">
        {trouble
          ? <Word word="unreachable" text={trouble} />
          : status
          ? <Word word={status.status} text={`The system is ${status.status}.`} />
          : "Asking the hub"}
      </p>
      {status && <Report status={status} />}
    </>
  );
}

function Report({ status }: { status: SystemStatus }) {
  const { roles, sources, broker, database, drops, verify } = status;
  return (
    <>
      <dl class="page-facts panel card">
        <Fact name="Aircraft">{count(status.aircraft)}</Fact>
        <Fact name="Clients">{count(status.connections)}</Fact>
        <Fact name="Stream">{streamText(status)}</Fact>
        <Fact name="Log">
          <Word word={broker.status} text={`${broker.kind}: ${broker.status}`} />
        </Fact>
        <Fact name="History">
          <Word word={database.status} text={database.status} />
          {database.detail && database.status !== "ok" && <small>{database.detail}</small>}
        </Fact>
      </dl>
      <Table name="Roles" heads={["Role", "State", "Lag", "Updates/s", "Restarts", "Last error"]}>
        {ROLES.map(([name, what]) => <Role key={name} {...{ name, what }} role={roles[name]} />)}
      </Table>
      <Table
        name="Sources"
        heads={["Source", "State", "Not taken", "Aircraft", "Answered in", "Last heard from"]}
      >
        {sources.map((source) => (
          <tr key={source.producer_id}>
            <th scope="row">{source.name || source.producer_id}</th>
            <td>
              <Word word={source.api_status} text={source.api_status.replace("_", " ")} />
              {source.retry_at_unix && source.api_status !== "ok" && (
                <small>until {utcTime(source.retry_at_unix * 1000)}</small>
              )}
              {source.problem && <small>{source.problem}</small>}
            </td>
            <td>
              <Rejected rejected={source.rejected} />
            </td>
            <td class="figure">{count(source.flights_count)}</td>
            <td class="figure">{Math.round(source.poll_latency_ms)} ms</td>
            <td class="figure">{source.timestamp.slice(0, 19).replace("T", " ")} UTC</td>
          </tr>
        ))}
        {sources.length === 0 && (
          <tr>
            <td colSpan={6}>No source has said anything yet.</td>
          </tr>
        )}
      </Table>
      <Table name="What was dropped" heads={["Since each role's start", "How many"]}>
        {([
          ["Ticks that slow clients were spared", drops.ticks_skipped],
          ["Updates the log let go before they were read", drops.messages_missed],
          ["Lines and messages that were not valid", drops.messages_refused],
          ["Requests and connections turned away", drops.requests_refused],
        ] as const).map(([name, n]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="figure">{count(n)}</td>
          </tr>
        ))}
      </Table>
      <Verify runs={verify} />
    </>
  );
}

/** What a source sent and was not taken, by reason; a replay does not say. */
function Rejected({ rejected }: Pick<SourceState, "rejected">) {
  if (!rejected) return <>{UNKNOWN}</>;
  const reasons = Object.entries(rejected);
  if (reasons.length === 0) return <>none</>;
  return (
    <>
      {reasons.map(([reason, n]) => (
        <small key={reason}>
          {reason.replaceAll("_", " ")} <span class="figure">{count(Number(n))}</span>
        </small>
      ))}
    </>
  );
}

function Role({ name, what, role }: { name: string; what: string; role: RoleStatus }) {
  return (
    <tr>
      <th scope="row">
        {name} <small>{what}</small>
      </th>
      <td>
        <Word word={role.status} text={role.status} />
      </td>
      <td class="figure">{role.lag === null ? UNKNOWN : count(role.lag)}</td>
      <td class="figure">{role.updates_per_s === null ? UNKNOWN : count(role.updates_per_s)}</td>
      <td class="figure">{role.restarts ?? UNKNOWN}</td>
      <td class="why">{role.last_error ?? "none"}</td>
    </tr>
  );
}

/** The latest check of every promise, and how those before it went. */
function Verify({ runs }: { runs: readonly VerifyRun[] }) {
  const latest = runs[0];
  if (!latest) {
    return (
      <section class="panel card">
        <h2>Promises</h2>
        <p class="quiet-note">
          They have not been checked yet: <code>deno task verify</code> does.
        </p>
      </section>
    );
  }
  const atMs = Date.parse(latest.at);
  const passed = latest.checks.filter(({ status }) => status === "pass").length;
  return (
    <>
      <Table
        name={`Promises: ${passed} of ${latest.checks.length} held on ${utcDate(atMs)}, ${
          utcTime(atMs)
        }`}
        heads={["Promise", "Result", "Seen", "Why"]}
      >
        {latest.checks.map(({ check, status, seen, cause }) => (
          <tr key={check}>
            <th scope="row">{check}</th>
            <td>
              <Word word={status} text={status} />
            </td>
            <td>{seen ?? UNKNOWN}</td>
            <td class="why">{cause ?? ""}</td>
          </tr>
        ))}
      </Table>
      <p class="runs">
        <span>Runs before, the newest first:</span>
        {runs.slice(1, RUNS).map((run) => (
          <Word
            key={run.at}
            word={run.passed ? "pass" : "fail"}
            text={run.at.slice(11, 16)}
          />
        ))}
      </p>
    </>
  );
}

/** Words for what is well, and for what is not but mends itself; others are trouble. */
const GOOD = new Set(["healthy", "running", "ok", "pass", "up"]);
const MEANWHILE = new Set(["degraded", "starting", "restarting", "rate_limited", "skip", "off"]);

/** A state by shape and word as well as colour. */
function Word({ word, text }: { word: string; text: string }) {
  const tone = GOOD.has(word) ? "good" : MEANWHILE.has(word) ? "meanwhile" : "bad";
  const sign = { good: "✓", meanwhile: "◦", bad: "✕" }[tone];
  return (
    <span class="word" data-tone={tone}>
      <span aria-hidden="true">{sign}</span> {text}
    </span>
  );
}

interface TableProps {
  readonly name: string;
  readonly heads: readonly string[];
  readonly children: ComponentChildren;
}

function Table({ name, heads, children }: TableProps) {
  return (
    <section class="panel card">
      <h2>{name}</h2>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={name}>
        <table class="wide-table">
          <thead>
            <tr>{heads.map((head) => <th key={head} scope="col">{head}</th>)}</tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </div>
    </section>
  );
}

function streamText({ stream_time, mode, timestamp }: SystemStatus): string {
  if (!stream_time) return "nothing heard yet";
  const atMs = Date.parse(stream_time);
  if (mode === "replay") return `replay of ${utcDate(atMs)}, ${utcTime(atMs)}`;
  return `live, ${duration((Date.parse(timestamp) - atMs) / 1000)} old`;
}
