/** The package says where the program of the runtime lies, and has no types. */
declare module 'workerd' {
  const workerd: { readonly default: string }
  export default workerd
}
