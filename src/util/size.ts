/** Sizes for people. */

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** Returns a size in its largest unit: `1.5 MiB`. */
export function sizeOf(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1024 ** power).toFixed(1)} ${units[power] ?? ''}`
}
