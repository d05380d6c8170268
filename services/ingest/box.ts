import type { BoundingBox } from "../../contracts/flight.ts";
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
