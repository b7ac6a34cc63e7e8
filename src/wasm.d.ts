/** WebAssembly is imported as a compiled module: Workers refuse to compile bytes while they serve. */
declare module '*.wasm' {
  const compiled: WebAssembly.Module
  export default compiled
}

/** Files with this ending are imported as their bytes. */
declare module '*.bin' {
  const bytes: ArrayBuffer
  export default bytes
}
