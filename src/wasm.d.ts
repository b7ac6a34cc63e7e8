/** WebAssembly is imported as a compiled module: Workers refuse to compile bytes while they serve. */
declare module '*.wasm' {
  const compiled: WebAssembly.Module
  export default compiled
}
