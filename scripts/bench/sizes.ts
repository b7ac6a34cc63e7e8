/** The amounts that each scenario moves: enough for steady figures, or just enough to show that nothing is broken. */
export interface Sizes {
  readonly largeMiB: number
  readonly layers: number
  readonly layerMiB: number
  readonly smallBlobs: number
  readonly manifests: number
  readonly reads: number
  readonly lists: number
}

export const fullSizes: Sizes = {
  largeMiB: 128,
  layers: 5,
  layerMiB: 20,
  smallBlobs: 100,
  manifests: 60,
  reads: 400,
  lists: 100,
}

export const shortSizes: Sizes = {
  largeMiB: 32,
  layers: 3,
  layerMiB: 10,
  smallBlobs: 30,
  manifests: 20,
  reads: 120,
  lists: 40,
}

export const MiB = 1024 * 1024
export const KiB = 1024
