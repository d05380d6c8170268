# One image for every role; compose.yaml says what each container runs, with which permissions.
ARG DENO_VERSION=2.9.6

# The page's script. Packages that only a browser runs stay behind with this stage.
FROM denoland/deno:${DENO_VERSION} AS page
WORKDIR /app
COPY . .
RUN deno task build

# The packages that the roles import, in the versions of deno.lock.
FROM denoland/deno:${DENO_VERSION} AS packages
WORKDIR /app
ENV DENO_DIR=/deno-dir
COPY . .
RUN deno cache --frozen main.ts services/topics.ts db/migrate.ts services/health_check.ts
RUN deno cache --frozen services/verify/verify.ts
RUN mkdir -p .data

# Without a shell or a package manager: Deno, our files and these packages.
FROM denoland/deno:distroless-${DENO_VERSION}
WORKDIR /app
ENV DENO_DIR=/deno-dir NO_COLOR=1
# As `deno task start` has it: memory before speed.
ENV DENO_V8_FLAGS=--heap-growing-percent=50,--max-semi-space-size=8
COPY --from=packages /deno-dir /deno-dir
COPY --from=packages /app /app
COPY --from=page /app/static/build /app/static/build
# Nobody in particular: of the image's files only this empty folder is this user's, for the results of verify.
COPY --from=packages --chown=65532:65532 /app/.data /app/.data
USER 65532:65532
ENTRYPOINT ["deno"]
CMD ["run", "--cached-only", "main.ts", "--help"]
