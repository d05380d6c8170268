/** What the units of aviation are in SI. */
export const FT_M = 0.3048;
export const KT_MPS = 1852 / 3600;
export const FT_PER_MIN_MPS = FT_M / 60;
export const NM_M = 1852;
