/** As workerd gives it: compiled, to be instantiated. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
