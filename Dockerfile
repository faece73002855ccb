# The hub as an image: docker build -t hutong:0.1.0 .
# The departments of development: docker build -t hutong-departments:0.1.0 --target departments .
# The version of Node is the one that package.json brings.

# What the hub needs to run. The embedded database is left out: DATABASE_URL names one.
FROM node:24.21.0-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

# The page of the explorer. Its builder is run by the Node of the image, not by the one among the modules.
FROM node:24.21.0-bookworm-slim AS page
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci --ignore-scripts
COPY portal/ portal/
RUN ["node", "node_modules/vite/bin/vite.js", "build", "portal/explorer", "--logLevel", "warn"]

FROM node:24.21.0-bookworm-slim AS departments
WORKDIR /app
COPY --from=page /app/node_modules/ node_modules/
COPY package.json departments.ts ./
COPY rules/ rules/
COPY codegen/contracts/ codegen/contracts/
COPY codegen/generated/ codegen/generated/
COPY sandbox/ sandbox/
USER 1000:1000
EXPOSE 4001 4002 4003 4004 4005 4006 4007
CMD ["node", "sandbox/main.ts", "--host", "0.0.0.0", "--ports", "4001", "--control", "4007"]

FROM node:24.21.0-bookworm-slim AS hub
WORKDIR /app
COPY --from=modules /app/node_modules/ node_modules/
COPY --from=page /app/portal/dist/ portal/dist/
COPY package.json departments.ts LICENSE ./
COPY rules/ rules/
COPY schema/ schema/
COPY resolvers/ resolvers/
COPY adapters/ adapters/
COPY auth/ auth/
COPY codegen/contracts/ codegen/contracts/
COPY codegen/generated/ codegen/generated/
COPY store/ store/
COPY hub/ hub/
# The one place that is written to: the keys that the hub makes where it is given none.
RUN mkdir /data && chown 1000:1000 /data
VOLUME ["/data"]
ENV HOST=0.0.0.0 PORT=4000 HUTONG_DATA=/data
USER 1000:1000
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the first process, so that SIGTERM reaches it.
CMD ["node", "hub/hutong.js", "serve"]
