#include "sim/machine/machine.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cpu/debug.h"
#include "sim/base/assert.h"
#include "sim/machine/private.h"

#define KINDS_MAX 96u

/* ORDER machine_stop_kind */
static const char *const stop_texts[] = {
    "the guest exited",
    "the core locked up",
    "the cycle asked for was reached",
    "the symbol asked for was reached",
    "the guest sleeps and nothing will wake it",
    "it was interrupted",
    "it was looked at",
    "a debugger ended it",
    "a breakpoint was reached",
    "a watched address was touched",
};
_Static_assert(sizeof stop_texts / sizeof *stop_texts == MACHINE_STOP_COUNT,
               "ORDER machine_stop_kind");

const char *machine_stop_text(enum machine_stop_kind kind)
{
    return kind < MACHINE_STOP_COUNT ? stop_texts[kind] : "unknown";
}

static const struct board_kind *all_kinds(void)
{
    static struct board_kind kinds[KINDS_MAX];
    const struct device_ops *const *ops = device_kinds();
    for (size_t i = 0; ops[i]; i++) {
        MOAT_ASSERT(i + 1 < KINDS_MAX, "too many kinds of device");
        kinds[i] = (struct board_kind){.name = ops[i]->kind,
                                       .map_bytes = ops[i]->map_bytes,
                                       .config = ops[i]->config,
                                       .programs = ops[i]->program != NULL,
                                       .has_bus = ops[i]->has_bus};
    }
    return kinds;
}

static const struct board_core *all_cores(void)
{
    static struct board_core cores[CPU_MODEL_COUNT + 1];
    for (int m = 0; m < CPU_MODEL_COUNT; m++) {
        const struct cpu_traits *t = cpu_traits((enum cpu_model)m);
        cores[m] = (struct board_core){.name = t->name,
                                       .irqs_max = t->irqs_max,
                                       .prio_min = t->prio_min,
                                       .prio_max = t->prio_max,
                                       .has_vtor = t->has_vtor,
                                       .may_bit_band = m == CPU_CORTEX_M3 || m == CPU_CORTEX_M4,
                                       .fpus = {cpu_fpu_name(t->fpu_default)}};
        memcpy(cores[m].mpu_regions, t->mpu_regions, sizeof t->mpu_regions);
        uint32_t n = 1;
        for (int f = 0; f <= (int)t->fpu_max; f++)
            if (f != (int)t->fpu_default)
                cores[m].fpus[n++] = cpu_fpu_name((enum cpu_fpu)f);
    }
    return cores;
}

const struct board_parts *machine_parts(void)
{
    static struct board_parts parts;
    parts = (struct board_parts){all_kinds(), all_cores()};
    return &parts;
}

/* ---- What devices may call. ---- */

/* While a device acts on its scheduled cycle, that is what time it is for all that follows from it,
 * though the boundary at which it acts is a little later. */
static uint64_t host_now(void *ctx)
{
    struct machine *m = ctx;
    return m->acting ? m->acting_at : *cpu_now(m->cpu);
}

static void host_schedule(void *ctx, struct device *d, uint64_t when)
{
    struct machine *m = ctx;
    m->device[d->number].due = when;
    m->soonest = when < m->soonest ? when : m->soonest;
    cpu_limit(m->cpu, when);
}

static void host_output(void *ctx, struct device *d, const void *bytes, size_t n)
{
    struct machine *m = ctx;
    m->host.output(m->host.ctx, d->name, bytes, n);
}

static void host_unmodelled(void *ctx, struct device *d, uint32_t offset, bool write)
{
    struct machine *m = ctx;
    m->host.unmodelled(m->host.ctx, d->name, offset, write);
}

/* Lines are shared: high while anybody drives them. @lines: those of who drives @line now. */
static void drive(struct machine *m, uint64_t *lines, uint32_t line, bool level)
{
    MOAT_ASSERT(line < MACHINE_LINES_MAX, "interrupt line %u", line);
    uint64_t bit = 1ull << line % 64, high = 0;
    lines[line / 64] = level ? lines[line / 64] | bit : lines[line / 64] & ~bit;
    for (uint32_t i = 0; i < m->devices; i++)
        high |= m->device[i].lines[line / 64];
    high |= m->injected[line / 64];
    cpu_irq(m->cpu, line, (high & bit) != 0);
}

static void host_irq(void *ctx, struct device *d, uint32_t line, bool level)
{
    struct machine *m = ctx;
    if (line != DEVICE_LINE_NMI)
        drive(m, m->device[d->number].lines, line, level);
    else
        cpu_nmi(m->cpu, level);
}

/* ---- What the core may call. ---- */

static uint64_t next_device_event(const struct machine *m)
{
    uint64_t next = DEVICE_NEVER;
    for (uint32_t i = 0; i < m->devices; i++)
        next = m->device[i].due < next ? m->device[i].due : next;
    return next;
}

static void run_due_events(void *ctx)
{
    struct machine *m = ctx;
    if (m->soonest > *cpu_now(m->cpu))
        return;
    for (;;) { /* by (time, device index) */
        struct machine_device *next = NULL;
        for (uint32_t i = 0; i < m->devices; i++)
            if (m->device[i].due <= *cpu_now(m->cpu) && (!next || m->device[i].due < next->due))
                next = &m->device[i];
        if (!next)
            break;
        uint64_t due = next->due;
        next->due = DEVICE_NEVER;
        m->acting = true;
        m->acting_at = due;
        next->dev->ops->event(next->dev, due);
        m->acting = false;
    }
    m->soonest = next_device_event(m);
}

static void core_event(void *ctx, const struct cpu_event *e)
{
    struct machine *m = ctx;
    m->host.cpu_event(m->host.ctx, e);
}

/* ---- Putting it together. ---- */

#define ERASED    0xFF        /* flash */
#define RAM_FIRST 0x20000000u /* DDI 0403E B3.1: SRAM begins */

/* Flash is not zero, so that its pages count as written: digests and checkpoints have them. */
static void erase(struct cpu *c, const struct board_memory *b)
{
    uint8_t page[MPU_PAGE_BYTES];
    memset(page, ERASED, sizeof page);
    for (uint32_t at = 0; at < b->bytes; at += sizeof page)
        cpu_poke(c, b->base + at, page, sizeof page);
}

static void map_memories(struct machine *m)
{
    for (uint32_t i = 0; i < m->board.memories; i++) {
        const struct board_memory *b = &m->board.memory[i];
        if (b->alias_of < 0) {
            void *mem = mmap(NULL, b->bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            MOAT_ASSERT(mem != MAP_FAILED, "no memory for '%s'", b->name);
            m->memory[i] = mem;
        }
        cpu_map_ram(m->cpu, b->base, b->bytes, m->memory[b->alias_of < 0 ? (int)i : b->alias_of]);
        if (b->programmed_by[0])
            erase(m->cpu, b);
        m->flash[i] = (struct cpu_flash){b->wait_states, b->accelerator_lines};
        if (b->wait_states)
            cpu_set_flash(m->cpu, b->base, &m->flash[i]);
    }
}

static void map_devices(struct machine *m)
{
    for (uint32_t i = 0; i < m->board.devices; i++) {
        const struct board_device *b = &m->board.device[i];
        const struct device_ops *ops = device_kind(b->kind);
        struct device *d = calloc(1, ops->instance_bytes);
        MOAT_ASSERT(d, "no memory");
        d->ops = ops;
        d->host = &m->device_host;
        d->name = b->name;
        d->number = i;
        memcpy(d->config, b->values, sizeof d->config);
        if (ops->create)
            ops->create(d);
        m->device[m->devices++] = (struct machine_device){.dev = d, .due = DEVICE_NEVER};
        if (ops->map_bytes)
            cpu_map_device(m->cpu, d, b->base);
        if (b->mirror)
            cpu_map_device(m->cpu, d, b->mirror);
        if (strcmp(b->name, m->board.console) == 0 && ops->input)
            m->console = &m->device[m->devices - 1];
    }
}

static struct device *device_named(const struct machine *m, const char *name)
{
    for (uint32_t i = 0; i < m->devices; i++)
        if (strcmp(m->device[i].dev->name, name) == 0)
            return m->device[i].dev;
    return NULL;
}

/* Memory that stores do not change by themselves; what is an alias is as its origin. */
static void fix_memories(struct machine *m)
{
    for (uint32_t i = 0; i < m->board.memories; i++) {
        const struct board_memory *b = &m->board.memory[i];
        const struct board_memory *of = b->alias_of < 0 ? b : &m->board.memory[b->alias_of];
        if (of->read_only || of->programmed_by[0])
            cpu_fix_ram(m->cpu, b->base, device_named(m, of->programmed_by));
    }
}

static int load_image(struct machine *m, const struct image *image, struct moat_error *err)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *s = &image->segments[i];
        if (cpu_poke(m->cpu, s->addr, s->bytes, s->len))
            continue;
        int rc =
            moat_fail(err, MOAT_EINPUT,
                      "cannot load '%s': 0x%08x..0x%08x is outside the memory of board '%s'",
                      image->files[s->file].path, s->addr, s->addr + s->len - 1, m->board.name);
        moat_hint(err, "moat board show %s; --fit gives a generic board the program's memories",
                  m->board.name);
        return rc;
    }
    return 0;
}

/* The first two words: where the stack begins, and Thumb code to start with. DDI 0403E B1.5.3. */
static int check_vectors(struct machine *m, struct moat_error *err)
{
    uint32_t v[2], probe;
    if (!cpu_peek(m->cpu, m->board.vtor, v, sizeof v) || (v[0] == 0 && v[1] == 0) ||
        (v[0] == UINT32_MAX && v[1] == UINT32_MAX)) {
        int rc = moat_fail(err, MOAT_EINPUT, "the firmware has no vector table at 0x%08x",
                           m->board.vtor);
        moat_hint(err, "link its vector table (initial SP, reset handler) to that address");
        return rc;
    }
    if (!cpu_peek(m->cpu, v[0] - 4, &probe, 4))
        return moat_fail(err, MOAT_EINPUT,
                         "the firmware has no vector table at 0x%08x: the initial stack pointer "
                         "there, 0x%08x, is not in memory",
                         m->board.vtor, v[0]);
    if (!(v[1] & 1u))
        return moat_fail(err, MOAT_EINPUT,
                         "the firmware's reset vector 0x%08x is Arm code, and a Cortex-M executes "
                         "only Thumb",
                         v[1]);
    return 0;
}

/* The end of the first memory that can be written: a stack for code without a vector table. */
static uint32_t ram_end(const struct machine *m)
{
    for (uint32_t i = 0; i < m->board.memories; i++) {
        const struct board_memory *b = &m->board.memory[i];
        if (!b->read_only && !b->programmed_by[0] && b->base >= RAM_FIRST)
            return b->base + b->bytes;
    }
    return m->board.memory[0].base + m->board.memory[0].bytes;
}

static void start_there(struct machine *m)
{
    uint32_t probe, sp = cpu_reg(m->cpu, 13);
    if (!cpu_peek(m->cpu, sp - 4, &probe, 4))
        cpu_set_reg(m->cpu, 13, ram_end(m));
    cpu_set_reg(m->cpu, 15, m->start & ~1u);
}

/* Nobody touches the buttons yet; a finger stays over a reset. */
static void release_buttons(struct machine *m)
{
    for (uint32_t i = 0; !m->powered && i < m->board.buttons; i++) {
        struct machine_input in = machine_button(&m->board, i, false);
        machine_input(m, &in);
    }
    m->powered = true;
}

void machine_reset(struct machine *m)
{
    m->reset_wanted = false;
    for (uint32_t i = 0; i < m->devices; i++)
        m->device[i].dev->ops->reset(m->device[i].dev);
    release_buttons(m);
    cpu_reset(m->cpu);
    if (m->starts_at)
        start_there(m);
}

int machine_new(const struct board *board, const struct image *image,
                const struct machine_host *host, struct machine **out, struct moat_error *err)
{
    struct machine *m = calloc(1, sizeof *m);
    MOAT_ASSERT(m, "no memory");
    struct cpu_config config = {.model = cpu_model_named(board->core),
                                .irqs = board->irqs,
                                .prio_bits = board->priority_bits,
                                .mpu_regions = board->mpu_regions,
                                .fpu = cpu_fpu_named(board->fpu),
                                .vtor = board->vtor,
                                .bit_band = board->bit_band,
                                .clock_hz = board->clock_hz};
    struct cpu_host cpu_host = {
        .ctx = m, .event = core_event, .sync = run_due_events, .sync_at = &m->soonest};
    m->board = *board;
    m->host = *host;
    m->next_poll = host->input ? 0 : MACHINE_FOREVER;
    m->at_boundary = true;
    m->device_host = (struct device_host){.ctx = m,
                                          .irq = host_irq,
                                          .now = host_now,
                                          .schedule = host_schedule,
                                          .output = host_output,
                                          .unmodelled = host_unmodelled,
                                          .signal = wiring_signal,
                                          .fetch = wiring_fetch,
                                          .store = wiring_store,
                                          .transfer = wiring_transfer,
                                          .reset = wiring_reset};
    m->cpu = cpu_new(&config, &cpu_host, err);
    int rc = m->cpu ? 0 : -MOAT_ENOMEM;
    if (rc == 0) {
        map_memories(m);
        map_devices(m);
        fix_memories(m);
        rc = load_image(m, image, err);
    }
    if (rc == 0 && !image->starts_at)
        rc = check_vectors(m, err);
    m->starts_at = image->starts_at;
    m->start = image->start;
    if (rc < 0) {
        machine_free(m);
        return rc;
    }
    *out = m;
    return 0;
}

void machine_free(struct machine *m)
{
    if (!m)
        return;
    cpu_free(m->cpu);
    for (uint32_t i = 0; i < m->board.memories; i++)
        if (m->memory[i])
            munmap(m->memory[i], m->board.memory[i].bytes);
    for (uint32_t i = 0; i < m->devices; i++)
        free(m->device[i].dev);
    free(m);
}

struct cpu *machine_cpu(struct machine *m)
{
    return m->cpu;
}

void machine_request_stop(struct machine *m)
{
    cpu_request_stop(m->cpu);
}

/* ---- Running it. ---- */

static struct machine_device *input_device(const struct machine *m, const char *name)
{
    for (uint32_t i = 0; i < m->devices; i++)
        if (strcmp(m->device[i].dev->name, name) == 0 && m->device[i].dev->ops->input)
            return (struct machine_device *)&m->device[i];
    return NULL;
}

const char *machine_input_name(const struct machine *m, const char *name)
{
    const struct machine_device *d = input_device(m, name);
    if (d)
        return d->dev->name;
    if (strcmp(name, MACHINE_DEBUGGER) == 0)
        return MACHINE_DEBUGGER;
    return strcmp(name, MACHINE_IRQ) == 0 ? MACHINE_IRQ : NULL;
}

const struct device_input *machine_input_numbers(const struct machine *m, const char *name)
{
    const struct machine_device *d = input_device(m, name);
    return d ? d->dev->ops->inputs : NULL;
}

const char *machine_console(const struct machine *m)
{
    return m->console ? m->console->dev->name : NULL;
}

bool machine_console_used(const struct machine *m)
{
    return m->console && m->console->dev->touched;
}

void machine_input_number(struct machine_input *in, int32_t number)
{
    for (uint32_t i = 0; i < 4 && in->n < MACHINE_INPUT_MAX; i++)
        in->bytes[in->n++] = (uint8_t)((uint32_t)number >> 8 * i);
}

struct machine_input machine_button(const struct board *b, uint32_t n, bool down)
{
    const struct board_button *u = &b->button[n];
    struct machine_input in = {.device = b->device[u->device].name};
    machine_input_number(&in, (int32_t)u->pin);
    machine_input_number(&in, down == (u->level != 0));
    return in;
}

bool machine_input(struct machine *m, const struct machine_input *in)
{
    struct machine_device *d = input_device(m, in->device);
    if (d) {
        d->dev->ops->input(d->dev, in->bytes, in->n);
        return true;
    }
    uint32_t line = in->n == 3 ? in->bytes[0] | (uint32_t)in->bytes[1] << 8 : UINT32_MAX;
    if (strcmp(in->device, MACHINE_IRQ) != 0 || line >= m->board.irqs)
        return false;
    drive(m, m->injected, line, in->bytes[2] != 0);
    return true;
}

static void poll_input(struct machine *m, bool wait)
{
    struct machine_input in;
    if (m->host.input(m->host.ctx, &in, wait, &m->next_poll) && !machine_input(m, &in))
        m->host.unmodelled(m->host.ctx, in.device, 0, true);
}

void machine_disown(struct machine *m)
{
    cpu_disown(m->cpu);
    m->at_boundary = true;
}

bool machine_idle(const struct machine *m)
{
    return cpu_sleeping(m->cpu) && next_device_event(m) == DEVICE_NEVER &&
           cpu_next_event(m->cpu) == DEVICE_NEVER;
}

/* ORDER cpu_stop_kind: what ends the run whatever else is; COUNT: on_stop() has to look. */
static const enum machine_stop_kind stop_kinds[] = {
    [CPU_STOP_NONE] = MACHINE_STOP_COUNT,      [CPU_STOP_LIMIT] = MACHINE_STOP_COUNT,
    [CPU_STOP_SEMIHOST] = MACHINE_STOP_COUNT,  [CPU_STOP_LOCKUP] = MACHINE_STOP_LOCKUP,
    [CPU_STOP_RESET] = MACHINE_STOP_COUNT,     [CPU_STOP_WATCH] = MACHINE_STOP_WATCH,
    [CPU_STOP_REQUEST] = MACHINE_STOP_REQUEST, [CPU_STOP_STEP] = MACHINE_STOP_STEP,
    [CPU_STOP_BREAK] = MACHINE_STOP_BREAK,     [CPU_STOP_ACCESS] = MACHINE_STOP_ACCESS,
};

/* What a stop of the core means for the run. True when the run is over. */
static bool on_stop(struct machine *m, const struct cpu_stop *s, struct machine_stop *stop)
{
    *stop = (struct machine_stop){.kind = stop_kinds[s->kind], .pc = s->pc};
    if (s->kind == CPU_STOP_SEMIHOST)
        return semihost_call(m, stop);
    if (s->kind == CPU_STOP_RESET)
        machine_reset(m);
    return stop->kind != MACHINE_STOP_COUNT;
}

static struct machine_stop stop_here(const struct machine *m, enum machine_stop_kind kind)
{
    return (struct machine_stop){.kind = kind, .pc = cpu_reg(m->cpu, 15)};
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

struct machine_stop machine_run(struct machine *m, uint64_t pause, uint64_t limit)
{
    struct machine_stop stop;
    for (;;) {
        uint64_t now = *cpu_now(m->cpu);
        bool open = m->next_poll != MACHINE_FOREVER;
        if (m->at_boundary && (now >= m->next_poll || (machine_idle(m) && open && now < limit))) {
            poll_input(m, machine_idle(m) && !cpu_stop_requested(m->cpu));
            if (now >= m->next_poll)
                continue; /* there is more */
        }
        bool asleep = machine_idle(m);
        if (m->at_boundary && now >= limit)
            return stop_here(m, MACHINE_STOP_LIMIT);
        if (asleep && m->next_poll == MACHINE_FOREVER && limit == MACHINE_FOREVER)
            return stop_here(m, MACHINE_STOP_IDLE);
        if (m->at_boundary && now >= pause && !asleep)
            return stop_here(m, MACHINE_STOP_PAUSE);
        uint64_t until = earlier(earlier(limit, asleep ? MACHINE_FOREVER : pause),
                                 earlier(next_device_event(m), m->next_poll));
        struct cpu_stop s = cpu_run(m->cpu, until);
        m->at_boundary = s.kind == CPU_STOP_LIMIT || s.kind == CPU_STOP_REQUEST;
        if (s.kind < CPU_STOP_STEP) /* else inside a block, whose cycles are not over yet */
            run_due_events(m);
        if (m->reset_wanted && s.kind < CPU_STOP_STEP)
            machine_reset(m);
        if (s.kind != CPU_STOP_LIMIT && on_stop(m, &s, &stop))
            return stop;
    }
}
