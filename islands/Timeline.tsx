import { useState } from "preact/hooks";
import { signal } from "@preact/signals";
import { anomalies } from "./anomalies.ts";
import { callsignOf, nameOf } from "./anomaly_words.ts";
import { openAnomaly, stepAnomaly } from "./anomaly_steps.ts";
import { duration, utcDate, utcTime } from "./format.ts";
import { health } from "./health.ts";
import { Icon } from "./icons.tsx";
import { feed, playback, tickMs } from "./state.ts";
import {
  goLive,
  pastTrouble,
  setSpeed,
  shownMs,
  speed,
  SPEEDS,
  togglePlay,
  travelTo,
} from "./time.ts";

/** How much of the past the line spans, s. */
const SPANS = [1800, 7200, 21_600, 86_400] as const;
const span = signal<number>(7200);
/** Marks on the line: so many parts. */
const PARTS = 4;
/** Nearer to the end than this is now. */
const NOW_S = 15;
/** A step of the keyboard. */
const STEP_S = 10;

/** The moment that is shown, on a line of the past; anomalies are ticks on it. */
export function Timeline() {
  tickMs.value;
  const past = playback.value;
  const headMs = feed.value.streamMs;
  const atMs = shownMs(performance.now());
  const spanMs = span.value * 1000;
  // A moment before the line is shown in its middle.
  const endMs = headMs === undefined
    ? 0
    : past && atMs !== undefined && atMs < headMs - spanMs
    ? atMs + spanMs / 2
    : headMs;
  const startMs = endMs - spanMs;
  const isPlaying = past ? past.rate > 0 : true;
  const trouble = past ? pastTrouble.value?.text : historyText();
  return (
    <section class="timeline" aria-label="Time" aria-busy={headMs === undefined}>
      <div class="time-buttons">
        <button
          type="button"
          class="icon-button time-step"
          aria-label="Anomaly before"
          aria-keyshortcuts="["
          title="Anomaly before ([)"
          onClick={() => stepAnomaly(-1)}
        >
          <Icon name="previous" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={isPlaying ? "Pause" : "Play"}
          aria-keyshortcuts="Space"
          title={isPlaying ? "Pause (space)" : "Play (space)"}
          disabled={headMs === undefined}
          onClick={togglePlay}
        >
          <Icon name={isPlaying ? "pause" : "play"} />
        </button>
        <button
          type="button"
          class="icon-button time-step"
          aria-label="Anomaly after"
          aria-keyshortcuts="]"
          title="Anomaly after (])"
          onClick={() => stepAnomaly(1)}
        >
          <Icon name="next" />
        </button>
        <select
          class="chip"
          aria-label="Speed of the past"
          value={speed.value}
          onChange={({ currentTarget }) => setSpeed(Number(currentTarget.value))}
        >
          {SPEEDS.map((rate) => <option key={rate} value={rate}>{rate}×</option>)}
        </select>
      </div>
      <div class="time-line">
        <p class="time-now figure">
          {headMs === undefined || atMs === undefined ? "Waiting for the stream" : (
            <>
              <strong>{utcTime(atMs)}</strong> <span>{utcDate(atMs)}</span>
            </>
          )}
          {trouble && <span class="time-trouble" role="status">{trouble}</span>}
        </p>
        <Line {...{ startMs, endMs, headMs, atMs }} />
      </div>
      <div class="time-buttons">
        <select
          class="chip time-span"
          aria-label="How much of the past"
          value={span.value}
          onChange={({ currentTarget }) => span.value = Number(currentTarget.value)}
        >
          {SPANS.map((s) => <option key={s} value={s}>{duration(s).replace(" 0 min", "")}</option>)}
        </select>
        <button
          type="button"
          class="live-button"
          data-mode={feed.value.mode}
          aria-pressed={!past}
          title={feed.value.mode === "replay" ? "Back to where the replay is" : "Back to now"}
          onClick={goLive}
        >
          {feed.value.mode === "replay" ? "REPLAY" : "LIVE"}
        </button>
      </div>
    </section>
  );
}

function historyText(): string | undefined {
  const status = health.value.database?.status;
  if (status === "off") return "No history is kept here";
  if (status === "starting") return "History is starting";
  return status === "down" ? "History cannot be reached: tried again" : undefined;
}

interface LineProps {
  readonly startMs: number;
  readonly endMs: number;
  readonly headMs?: number;
  readonly atMs?: number;
}

function Line({ startMs, endMs, headMs, atMs }: LineProps) {
  // While the handle is dragged nothing is asked for yet.
  const [draggedS, setDragged] = useState<number>();
  const spanS = (endMs - startMs) / 1000;
  const part = (ms: number) => (ms - startMs) / (endMs - startMs);
  const ticks = anomalies.value
    .map((anomaly) => ({ anomaly, at: part(Date.parse(anomaly.detected_at)) }))
    .filter(({ at }) => at >= 0 && at <= 1);
  const choose = (s: number) => {
    setDragged(undefined);
    const ms = startMs + s * 1000;
    if (headMs !== undefined && (headMs - ms) / 1000 < NOW_S) goLive();
    else travelTo(ms);
  };
  const shownS = draggedS ?? (atMs === undefined ? spanS : (atMs - startMs) / 1000);
  const text = headMs === undefined ? "" : utcTime(startMs + shownS * 1000);
  return (
    <div class="line">
      <svg class="line-bar" aria-hidden="true">
        <rect width="100%" height="100%" />
        <rect
          class="line-done"
          width={`${100 * Math.max(0, Math.min(1, shownS / spanS))}%`}
          height="100%"
        />
      </svg>
      <input
        type="range"
        aria-label="Moment"
        aria-valuetext={text}
        min={0}
        max={Math.round(spanS)}
        step={STEP_S}
        value={Math.round(shownS)}
        disabled={headMs === undefined}
        onInput={({ currentTarget }) => setDragged(currentTarget.valueAsNumber)}
        onChange={({ currentTarget }) => choose(currentTarget.valueAsNumber)}
      />
      {draggedS !== undefined && (
        <output class="line-hint figure" style={{ left: `${100 * draggedS / spanS}%` }}>
          {text}
        </output>
      )}
      {ticks.map(({ anomaly, at }) => (
        <button
          key={anomaly.anomaly_id}
          type="button"
          // The feed and the keys reach the same.
          tabIndex={-1}
          class="line-tick"
          data-severity={anomaly.severity}
          aria-label={`${nameOf(anomaly)}, ${callsignOf(anomaly)}`}
          title={`${nameOf(anomaly)} · ${callsignOf(anomaly)}`}
          style={{ left: `${100 * at}%` }}
          onClick={() => openAnomaly(anomaly)}
        />
      ))}
      <svg class="line-marks figure" aria-hidden="true">
        {headMs !== undefined &&
          Array.from(
            { length: PARTS + 1 },
            (_, i) => (
              <text key={i} x={`${100 * i / PARTS}%`} y="10">
                {utcTime(startMs + (endMs - startMs) * i / PARTS).slice(0, 5)}
              </text>
            ),
          )}
      </svg>
    </div>
  );
}
