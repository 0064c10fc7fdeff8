# The build needs the compiler and the bundler; what runs needs neither.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY public ./public
COPY src ./src
RUN npm run build

# Libraries alone, in a stage of their own, so that a change of the source does not fetch them anew.
FROM node:24-bookworm-slim AS libraries
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
WORKDIR /app
COPY --from=libraries /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/public/build ./public/build
COPY package.json LICENSE ./
COPY migrations ./migrations
COPY views ./views
# The program belongs to root and cannot be changed by the board; its posts, pictures and keys are the board's own.
RUN install -d -o node -g node -m 0700 /keys
RUN install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# The board ends running requests at SIGTERM, within 15 seconds: give it 20 (docker stop -t 20).
CMD ["node", "dist/main.js"]
