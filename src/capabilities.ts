/** The capabilities, one line each. Without its folder and its line a capability is gone, and the rest works. */
export { backup } from './backup/index.ts'
export { fsck } from './fsck/index.ts'
export { gc } from './gc/index.ts'
export { identity } from './identity/index.ts'
export { metrics } from './metrics/index.ts'
export { pruning } from './pruning/index.ts'
export { trust } from './trust/index.ts'
