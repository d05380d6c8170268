import type { BoundingBox } from "../../contracts/flight.ts";
import type { LatLon } from "../../core/geodesy.ts";
import type { Config } from "../config.ts";

/** The area that `BBOX_*` say. */
export function boxOf(config: Config): BoundingBox {
  return {
    lat_min: config.BBOX_LAT_MIN,
    lat_max: config.BBOX_LAT_MAX,
    lon_min: config.BBOX_LON_MIN,
    lon_max: config.BBOX_LON_MAX,
  };
}

/** A box around nothing, for `widen`. */
export function emptyBox(): BoundingBox {
  return { lat_min: Infinity, lat_max: -Infinity, lon_min: Infinity, lon_max: -Infinity };
}

/** Makes a box large enough for a place. */
export function widen(box: BoundingBox, { lat, lon }: LatLon): void {
  box.lat_min = Math.min(box.lat_min, lat);
  box.lat_max = Math.max(box.lat_max, lat);
  box.lon_min = Math.min(box.lon_min, lon);
  box.lon_max = Math.max(box.lon_max, lon);
}
