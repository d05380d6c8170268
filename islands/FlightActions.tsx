import type { Flight } from "../contracts/flight.ts";
import { saveFile, toCsv, toGeoJson } from "./export_track.ts";
import { flightTrack } from "./flight_track.ts";
import { Icon } from "./icons.tsx";
import { follow, sitInCockpit } from "./keys.ts";
import { shareLink } from "./link.ts";
import { say } from "./shell.ts";
import { cockpit, flyTo, following, scene, takePicture } from "./state.ts";

/** What can be done with the selected aircraft. */
export function FlightActions({ flight }: { flight: Flight }) {
  const { icao24 } = flight;
  const hasGlobe = scene.value === "ready";
  return (
    <div class="flight-actions">
      {hasGlobe && (
        <>
          <button
            type="button"
            class="button"
            aria-pressed={following.value}
            aria-keyshortcuts="F"
            onClick={follow}
          >
            <Icon name="follow" />Follow
          </button>
          <button
            type="button"
            class="button"
            aria-pressed={cockpit.value}
            aria-keyshortcuts="C"
            onClick={sitInCockpit}
          >
            <Icon name="cockpit" />Cockpit
          </button>
          <button type="button" class="button quiet" onClick={() => flyTo(icao24)}>
            Fly there
          </button>
        </>
      )}
      <button type="button" class="button quiet" onClick={shareLink}>
        <Icon name="share" />Share
      </button>
      {takePicture.value && (
        <button
          type="button"
          class="button quiet"
          onClick={() => savePicture(flight)}
        >
          <Icon name="camera" />Screenshot
        </button>
      )}
      <button type="button" class="button quiet" onClick={() => saveTrack(flight, "geojson")}>
        <Icon name="download" />GeoJSON
      </button>
      <button type="button" class="button quiet" onClick={() => saveTrack(flight, "csv")}>
        <Icon name="download" />CSV
      </button>
    </div>
  );
}

/** Letters and digits of its callsign, and its address: a file's name, whatever it calls itself. */
function fileName({ callsign, icao24 }: Flight, extension: string): string {
  const name = (callsign ?? "").replace(/[^\w-]/g, "").slice(0, 12);
  return `${name ? `${name}_` : ""}${icao24}.${extension}`;
}

function saveTrack(flight: Flight, kind: "geojson" | "csv") {
  const points = flightTrack.value?.points ?? [];
  if (points.length === 0) return say("Its track is not known yet");
  const text = kind === "csv"
    ? toCsv(flight.icao24, points)
    : toGeoJson(flight.icao24, flight.callsign ?? null, points);
  const type = kind === "csv" ? "text/csv" : "application/geo+json";
  saveFile(fileName(flight, kind), new Blob([text], { type }));
  say(`Saved ${points.length} reports as ${kind === "csv" ? "CSV" : "GeoJSON"}`);
}

async function savePicture(flight: Flight) {
  try {
    saveFile(fileName(flight, "png"), await takePicture.value!());
    say("Saved a picture of the globe");
  } catch {
    say("The picture could not be taken");
  }
}
