import { defineConfig } from "vite";

// Where a `nakhon demo` listens, so that `npm run dev` shows that city.
const backend = "http://127.0.0.1:8080";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // The page is served under `default-src 'self'`: nothing may become a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 240,
  },
  server: { proxy: { "/api": backend, "/readyz": backend, "/status": backend } },
});
