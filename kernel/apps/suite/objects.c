/*
 * Kernel objects and permissions.
 */
#include "kernel/apps/suite/suite.h"

static KEEP_SEM(sem, 0, 5);
static KEEP_MUTEX(mutex);
static struct keep_sem raw_sem; /* never made ready at boot */

static void give(void *object)
{
    keep_sem_give(object);
}

/* The subject may use @object; it runs @entry(@object). */
static void granted(void (*entry)(void *), struct keep_object *object)
{
    suite_prepare(&subject, &subject_stack, entry, object);
    keep_object_grant(object, &subject);
    suite_finish(&subject);
}

TEST(test_kobject_access_grant)
{
    REFUSED(give, NULL, OBJECT);
    granted(give, &sem.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    CHECK(keep_sem_take(&sem, KEEP_NO_WAIT) == 0);
}

TEST(test_syscall_invalid_kobject)
{
    granted(give, &mutex.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_OBJECT_TYPE, 0);
}

TEST(test_thread_without_kobject_permission)
{
    REFUSED(give, &sem, PERMISSION);
    CHECK(subject.fault.addr == (uint32_t)&sem && subject.fault.call == KEEP_SYS_sem_give &&
          subject.fault.argument == 0);
}

TEST(test_kobject_revoke_access)
{
    suite_prepare(&subject, &subject_stack, give, &sem);
    keep_object_grant(&sem.object, &subject);
    keep_object_revoke(&sem.object, &subject);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_PERMISSION, 0);
}

static void grant_second(void *object)
{
    MUST(keep_object_grant(object, &second) == 0);
}

/* To grant takes permission on the object and on the thread. */
TEST(test_kobject_grant_access_kobj)
{
    suite_prepare(&second, &second_stack, give, &sem);
    suite_prepare(&subject, &subject_stack, grant_second, &sem);
    keep_object_grant(&sem.object, &subject);
    keep_object_grant(&second.object, &subject);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    suite_finish(&second);
    CHECK(second.end == KEEP_END_EXIT && keep_sem_take(&sem, KEEP_NO_WAIT) == 0);
}

TEST(test_kobject_grant_access_kobj_invalid)
{
    granted(grant_second, &sem.object); /* not on the thread */
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_PERMISSION, 0);
    CHECK(subject.fault.argument == 1);
    suite_prepare(&subject, &subject_stack, grant_second, &sem);
    keep_object_grant(&second.object, &subject); /* not on the object */
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_PERMISSION, 0);
    CHECK(subject.fault.argument == 0);
}

static void release_and_give(void *object)
{
    MUST(keep_object_release(object) == 0);
    give(object);
}

TEST(test_kobject_release_from_user)
{
    granted(release_and_give, &sem.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_PERMISSION, 0);
}

TEST(test_kobject_access_all_grant)
{
    keep_object_public(&sem.object);
    ENDS(give, &sem, 0);
    sem.object.flags &= (uint8_t)~KEEP_PUBLIC;
    CHECK(keep_sem_take(&sem, KEEP_NO_WAIT) == 0);
}

/* The same thread object, a new life: nothing is left of the old permissions. */
TEST(test_thread_has_residual_permissions)
{
    granted(give, &sem.object);
    CHECK(keep_sem_take(&sem, KEEP_NO_WAIT) == 0);
    REFUSED(give, &sem, PERMISSION);
}

static void grant_to(void *thread)
{
    keep_object_grant((struct keep_object *)words[0], thread);
}

TEST(test_kobject_access_grant_to_invalid_thread)
{
    words[0] = (uint32_t)&sem;
    granted(grant_to, &sem.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_OBJECT_TYPE, 0);
}

TEST(test_kobject_access_invalid_kobject)
{
    REFUSED(give, (void *)((uint32_t)&sem + 8), OBJECT);
    REFUSED(give, (void *)((uint32_t)&sem + 1), OBJECT);
    REFUSED(give, (void *)0xFFFFFFF8u, OBJECT);
    REFUSED(give, (void *)0xE000ED00u, OBJECT);
}

TEST(test_access_kobject_without_init_access)
{
    granted(give, &raw_sem.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_OBJECT_UNINITIALISED, 0);
}

static void init_and_give(void *object)
{
    MUST(keep_sem_init(object, 0, 2) == 0);
    MUST(keep_sem_give(object) == 0);
    MUST(keep_sem_init(object, 3, 2) == -KEEP_EINVAL);
}

TEST(test_access_kobject_without_init_with_access)
{
    granted(init_and_give, &raw_sem.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    raw_sem.object.flags = 0;
}

static void ask(void *object)
{
    MUST(keep_access_check(object) == (int32_t)words[0]);
    MUST(keep_access_check((void *)4) == -KEEP_EBADF);
}

TEST(test_access)
{
    words[0] = (uint32_t)-KEEP_EPERM;
    ENDS(ask, &sem, 0);
    words[0] = 0;
    granted(ask, &sem.object);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
}

/* Every combination of type, permission and state, and what comes of it. */
TEST(test_generic_object)
{
    static const uint32_t want[2][2] = {{KEEP_FAULT_PERMISSION, KEEP_FAULT_PERMISSION},
                                        {KEEP_FAULT_OBJECT_UNINITIALISED, 0}};
    for (uint32_t permitted = 0; permitted < 2; permitted++)
        for (uint32_t ready = 0; ready < 2; ready++) {
            raw_sem.object.flags = ready ? KEEP_INITIALISED : 0;
            suite_prepare(&subject, &subject_stack, give, &raw_sem);
            if (permitted)
                keep_object_grant(&raw_sem.object, &subject);
            suite_finish(&subject);
            CHECK(subject.fault.kind == want[permitted][ready]);
        }
    raw_sem.object.flags = 0;
    CHECK(keep_object_check(&subject, &sem, KEEP_TYPE_MUTEX) == -KEEP_EBADF);
    CHECK(keep_object_check(&subject, &sem, KEEP_TYPE_SEM) == -KEEP_EPERM);
}

static void ended(void *arg)
{
    (void)arg;
}

TEST(test_object_recycle)
{
    uint16_t generation = subject.object.generation;
    granted(ended, &sem.object);
    CHECK(!(sem.object.permissions >> subject.index & 1u));
    CHECK(subject.object.generation == (uint16_t)(generation + 1));
}

/* ---- Inheritance. ---- */

static void make_child(void *options)
{
    const struct keep_thread_spec spec = {give, (void *)words[0], PRIORITY_TEST,
                                          KEEP_USER | (uint32_t)options, KEEP_NO_WAIT};
    MUST(keep_thread_create(&second, &second_stack, &spec) == 0);
    MUST(keep_thread_join(&second, KEEP_MS(100)) == 0);
}

static void child_gives(uint32_t options, struct keep_object *object)
{
    words[0] = (uint32_t)object;
    suite_prepare(&subject, &subject_stack, make_child, (void *)options);
    keep_object_grant(object, &subject);
    keep_object_grant(&second.object, &subject);
    keep_object_grant(&second_stack.object, &subject);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
}

TEST(test_permission_inheritance)
{
    child_gives(KEEP_INHERIT, &sem.object);
    CHECK(second.end == KEEP_END_EXIT && second.domain == &test_domain);
    CHECK(keep_sem_take(&sem, KEEP_NO_WAIT) == 0);
    child_gives(0, &sem.object);
    CHECK(second.end == KEEP_END_FAULT && second.fault.kind == KEEP_FAULT_PERMISSION);
}

static void abort_parent(void *parent)
{
    keep_thread_abort(parent);
}

static void make_parricide(void *arg)
{
    const struct keep_thread_spec spec = {abort_parent, &subject, PRIORITY_TEST,
                                          KEEP_USER | KEEP_INHERIT, KEEP_NO_WAIT};
    (void)arg;
    MUST(keep_thread_create(&second, &second_stack, &spec) == 0);
    MUST(keep_thread_join(&second, KEEP_MS(100)) == 0);
}

/* All but the permission for the parent itself (G22). */
TEST(test_inherit_not_the_parent)
{
    suite_prepare(&subject, &subject_stack, make_parricide, NULL);
    keep_object_grant(&second.object, &subject);
    keep_object_grant(&second_stack.object, &subject);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    CHECK(second.end == KEEP_END_FAULT && second.fault.kind == KEEP_FAULT_PERMISSION);
}

const struct test object_tests[] = {ROW(test_kobject_access_grant),
                                    ROW(test_syscall_invalid_kobject),
                                    ROW(test_thread_without_kobject_permission),
                                    ROW(test_kobject_revoke_access),
                                    ROW(test_kobject_grant_access_kobj),
                                    ROW(test_kobject_grant_access_kobj_invalid),
                                    ROW(test_kobject_release_from_user),
                                    ROW(test_kobject_access_all_grant),
                                    ROW(test_thread_has_residual_permissions),
                                    ROW(test_kobject_access_grant_to_invalid_thread),
                                    ROW(test_kobject_access_invalid_kobject),
                                    ROW(test_access_kobject_without_init_access),
                                    ROW(test_access_kobject_without_init_with_access),
                                    ROW(test_access),
                                    ROW(test_generic_object),
                                    ROW(test_object_recycle),
                                    ROW(test_permission_inheritance),
                                    ROW(test_inherit_not_the_parent),
                                    {0}};
