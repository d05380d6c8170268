import { computed, effect, signal } from "@preact/signals";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { ANOMALY_TYPES, SEVERITIES } from "../../contracts/constants.ts";
import { callsignOf, nameOf, reasonOf, typeName } from "../anomaly_words.ts";
import { duration, utcDate, utcTime } from "../format.ts";
import { Severity } from "../Severity.tsx";
import { units } from "../state.ts";
import { ask, useEvery } from "./hub.ts";

const COLUMNS = {
  severity: "Severity",
  what: "What",
  who: "Aircraft",
  when: "Noticed",
  lasted: "Lasted",
} as const;
type Column = keyof typeof COLUMNS;

interface Wish {
  readonly severity: string;
  readonly type: string;
  readonly active: string;
  readonly sort: Column;
  readonly descending: boolean;
}
const NO_WISH: Wish = { severity: "", type: "", active: "", sort: "when", descending: true };

const wish = signal(NO_WISH);
const found = signal<readonly AnomalyPayload[] | undefined>(undefined);
/** Where the next page begins. */
const next = signal<string | undefined>(undefined);
const trouble = signal("");

const AT_ONCE = 100;
const AGAIN_MS = 10_000;

/** Takes the wishes from the address, and keeps them there. */
export function keepWishes(): void {
  const query = new URLSearchParams(location.search);
  const sort = query.get("sort") ?? "";
  const type = query.get("type") ?? "";
  wish.value = {
    severity: SEVERITIES.find((name) => name === query.get("severity")) ?? "",
    type: ANOMALY_TYPES.find((name) => name === type) ?? "",
    active: query.get("active") === "true" ? "true" : "",
    sort: Object.hasOwn(COLUMNS, sort) ? sort as Column : NO_WISH.sort,
    descending: query.get("order") !== "up",
  };
  effect(() => {
    const { severity, type, active, sort, descending } = wish.value;
    const said = new URLSearchParams(
      Object.entries({
        severity,
        type,
        active,
        sort: sort === NO_WISH.sort ? "" : sort,
        order: descending ? "" : "up",
      }).filter(([, value]) => value !== ""),
    );
    history.replaceState(null, "", said.size > 0 ? `?${said}` : location.pathname);
  });
}

async function load(before?: string): Promise<void> {
  const { severity, type, active } = wish.peek();
  const query = new URLSearchParams({ limit: String(AT_ONCE) });
  for (const [name, value] of Object.entries({ severity, type, active, before })) {
    if (value) query.set(name, value);
  }
  const asked = wish.peek();
  const answer = await ask<{ anomalies: AnomalyPayload[]; next?: string }>(`/anomalies?${query}`);
  if (asked !== wish.peek() && before === undefined) return;
  trouble.value = answer.ok ? "" : answer.why;
  if (!answer.ok) return;
  found.value = before ? [...found.peek() ?? [], ...answer.body.anomalies] : answer.body.anomalies;
  next.value = answer.body.next;
}

const RANK = { HIGH: 2, MEDIUM: 1, LOW: 0 } as const;

function lastedMs({ started_at, resolved_at }: AnomalyPayload): number {
  return resolved_at ? Date.parse(resolved_at) - Date.parse(started_at) : Infinity;
}

const KEYS: Readonly<Record<Column, (one: AnomalyPayload) => number | string>> = {
  severity: ({ severity }) => RANK[severity],
  what: nameOf,
  who: callsignOf,
  when: ({ detected_at }) => detected_at,
  lasted: lastedMs,
};

const sorted = computed(() => {
  const { sort, descending } = wish.value;
  const key = KEYS[sort];
  const sign = descending ? -1 : 1;
  return found.value?.toSorted((a, b) => {
    const [left, right] = [key(a), key(b)];
    return left === right ? (a.detected_at < b.detected_at ? 1 : -1) : left < right ? -sign : sign;
  });
});

function change(part: Partial<Wish>) {
  wish.value = { ...wish.value, ...part };
}

/** Asks anew for another filter. */
function refilter(part: Partial<Wish>) {
  change(part);
  found.value = undefined;
  load();
}

/** Everything odd that the history holds. */
export function AnomaliesPage() {
  // Pages that were asked for stay: only the newest one is asked for again.
  useEvery(AGAIN_MS, () => (found.peek()?.length ?? 0) <= AT_ONCE && load());
  const { severity, type, active } = wish.value;
  const rows = sorted.value;
  return (
    <>
      <div class="filters" role="group" aria-label="Filters">
        <select
          class="chip"
          aria-label="Severity"
          data-on={severity !== ""}
          value={severity}
          onChange={({ currentTarget }) => refilter({ severity: currentTarget.value })}
        >
          <option value="">Any severity</option>
          {SEVERITIES.toReversed().map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
        <select
          class="chip"
          aria-label="What"
          data-on={type !== ""}
          value={type}
          onChange={({ currentTarget }) => refilter({ type: currentTarget.value })}
        >
          <option value="">Any kind</option>
          {ANOMALY_TYPES.map((name) => <option key={name} value={name}>{typeName(name)}</option>)}
        </select>
        <button
          type="button"
          class="chip"
          aria-pressed={active === "true"}
          onClick={() => refilter({ active: active ? "" : "true" })}
        >
          Going on
        </button>
        <span class="quiet" role="status">
          {trouble.value || (rows ? countOf(rows.length, next.value !== undefined) : "Loading")}
        </span>
      </div>
      <table class="wide-table anomalies-table" aria-busy={!rows}>
        <caption class="hidden-text">Anomalies</caption>
        <thead>
          <tr>
            {(Object.keys(COLUMNS) as Column[]).map((column) => (
              <Head key={column} column={column} />
            ))}
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {rows?.map((anomaly) => <Row key={anomaly.anomaly_id} anomaly={anomaly} />)}
          {!rows && !trouble.value && <Bones />}
        </tbody>
      </table>
      {rows?.length === 0 && (
        <div class="nothing">
          <p>No anomaly matches</p>
          {(severity || type || active) && (
            <button
              type="button"
              class="button"
              onClick={() => refilter({ severity: "", type: "", active: "" })}
            >
              Clear filters
            </button>
          )}
        </div>
      )}
      {next.value && (
        <p class="more">
          <button
            type="button"
            class="button"
            onClick={() => load(next.value)}
          >
            Show older
          </button>
        </p>
      )}
    </>
  );
}

function Head({ column }: { column: Column }) {
  const { sort, descending } = wish.value;
  const isOn = sort === column;
  return (
    <th scope="col" aria-sort={isOn ? (descending ? "descending" : "ascending") : undefined}>
      <button
        type="button"
        onClick={() => change({ sort: column, descending: isOn ? !descending : true })}
      >
        {COLUMNS[column]} <span aria-hidden="true">{isOn ? (descending ? "↓" : "↑") : ""}</span>
      </button>
    </th>
  );
}

function Row({ anomaly }: { anomaly: AnomalyPayload }) {
  const { anomaly_id, severity, detected_at } = anomaly;
  const atMs = Date.parse(detected_at);
  const lasts = lastedMs(anomaly);
  return (
    <tr>
      <td>
        <Severity severity={severity} />
      </td>
      <th scope="row">
        <a href={`/anomalies/${encodeURIComponent(anomaly_id)}`}>{nameOf(anomaly)}</a>
      </th>
      <td class="name">{callsignOf(anomaly)}</td>
      <td class="figure">
        {utcDate(atMs)}, {utcTime(atMs)}
      </td>
      <td class="figure">{lasts === Infinity ? "going on" : duration(lasts / 1000)}</td>
      <td class="why">
        {reasonOf(anomaly, units.value)}
      </td>
    </tr>
  );
}

/** Rows that are not there yet. */
export function Bones() {
  return Array.from({ length: 8 }, (_, i) => (
    <tr key={i} class="bones" aria-hidden="true">
      {Array.from({ length: 6 }, (_, k) => (
        <td key={k}>
          <span class="bone" />
        </td>
      ))}
    </tr>
  ));
}

function countOf(rows: number, hasMore: boolean): string {
  return rows === 1 && !hasMore ? "1 anomaly" : `${rows}${hasMore ? "+" : ""} anomalies`;
}
