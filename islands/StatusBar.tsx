import { aircraftCount, duration, utcDate, utcTime } from "./format.ts";
import { health, roleTrouble, seldomAskedNow, sourceTrouble } from "./health.ts";
import { clock, connection, feed, listed, playback, tickMs, total } from "./state.ts";
import { goLive, pastTrouble } from "./time.ts";

/** A stream whose time stands still for longer has stopped, unless its source is asked less often. */
const SILENT_AFTER_S = 15;

/** The live pill: what the data is, how many, how old, and what is wrong. */
export function StatusBar() {
  const trouble = troubleNow();
  const { mode, streamMs, replayEnded } = feed.value;
  const replay = mode === "replay" && streamMs !== undefined;
  const past = playback.value;
  const running = past
    ? "past"
    : streamMs === undefined
    ? "waiting"
    : replayEnded
    ? "ended"
    : mode ?? "live";
  const state = trouble ? "trouble" : running;
  return (
    <div class="pill panel" data-state={state}>
      <span class="pill-dot" aria-hidden="true" />
      {past
        ? <Past />
        : streamMs === undefined
        ? <strong>{trouble ?? waitingFor()}</strong>
        : (
          <strong>
            {replay
              ? (
                <>
                  Replay of {utcDate(streamMs)}, <span class="figure">{utcTime(streamMs)}</span>
                </>
              )
              : "Live"}
          </strong>
        )}
      {streamMs !== undefined && (trouble || !past) && (
        <span class={trouble ? "pill-trouble figure" : "pill-age figure"}>
          {trouble ??
            (replayEnded ? "The replay has ended" : `${duration(ageS())} ago${nextPoll()}`)}
        </span>
      )}
      {listed.value && (
        <span class="pill-count figure">{aircraftCount(total.value, total.value)}</span>
      )}
      {past && (
        <button type="button" class="link" onClick={goLive}>
          {mode === "replay" ? "Back to the replay" : "Back to live"}
        </button>
      )}
      <span class="hidden-text" role="status">{spoken(trouble)}</span>
    </div>
  );
}

/** The moment of the past that is shown. */
function Past() {
  tickMs.value;
  const atMs = clock.at(performance.now());
  return (
    <strong>
      Past: {utcDate(atMs)}, <span class="figure">{utcTime(atMs)}</span>
    </strong>
  );
}

/** Where aircraft come and go with each poll, when the next one is. */
function nextPoll(): string {
  const seldom = seldomAskedNow();
  return seldom ? `, next poll in ${duration(seldom.inS)}` : "";
}

/** Before the first aircraft: the hub has no time to tell while it has nobody to tell of. */
function waitingFor(): string {
  if (connection.value.state !== "open" || !listed.value) return "Connecting…";
  return roleTrouble(health.value) ?? sourceTrouble(health.value) ?? `No aircraft yet${nextPoll()}`;
}

/** Seconds since the stream's time last moved. */
function ageS(): number {
  return Math.max(0, tickMs.value - feed.value.advancedAtMs) / 1000;
}

/** What is wrong, in words that say what happens next. */
function troubleNow(): string | undefined {
  if (playback.value) return pastTrouble.value?.text;
  const now = connection.value;
  if (now.state === "waiting") {
    const waitS = Math.ceil((now.retryAtMs - tickMs.value) / 1000);
    return waitS > 0 ? `Reconnecting in ${waitS} s` : "Reconnecting…";
  }
  if (feed.value.streamMs === undefined) return undefined;
  if (now.state === "connecting") return "Reconnecting…";
  if (feed.value.replayEnded) return undefined;
  const source = roleTrouble(health.value) ?? sourceTrouble(health.value);
  const pollsS = health.value.sources?.map(({ poll_interval_s = 0 }) => 1.5 * poll_interval_s) ??
    [];
  const silence = ageS() > Math.max(SILENT_AFTER_S, ...pollsS)
    ? `No new data for ${duration(ageS())}`
    : undefined;
  return source && silence ? `${source}. ${silence}` : source ?? silence;
}

/** For a screen reader, without the figures that change every second. */
function spoken(trouble: string | undefined): string {
  const { mode, replayEnded } = feed.value;
  if (trouble) return trouble.replace(/ (in|for) .*/, "");
  if (playback.value) return "Showing the past";
  if (mode === undefined) return "Connecting";
  if (replayEnded) return "The replay has ended";
  return mode === "replay" ? "Connected: a replay" : "Connected: live";
}
