/* Integer mix: sums, shifts, multiplications, branches, bytes and words; about 400 M instructions.
 */
#include "tests/guest/lib/guest.h"

static uint8_t bytes[4096];
static uint32_t words[256];

static uint32_t crc(uint32_t sum, const uint8_t *p, uint32_t n)
{
    while (n--) {
        sum ^= *p++;
        for (int k = 0; k < 8; k++)
            sum = sum >> 1 ^ (sum & 1u ? 0xEDB88320u : 0);
    }
    return sum;
}

static void sort(uint32_t *v, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        uint32_t x = v[i], j = i;
        for (; j > 0 && v[j - 1] > x; j--)
            v[j] = v[j - 1];
        v[j] = x;
    }
}

static uint32_t matrix(uint32_t *v)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < 16; i++)
        for (uint32_t j = 0; j < 16; j++) {
            uint32_t cell = 0;
            for (uint32_t k = 0; k < 16; k++)
                cell += v[i * 16 + k] * v[k * 16 + j];
            sum ^= cell + (cell >> (j + 1));
        }
    return sum;
}

void guest_main(void)
{
    uint32_t seed = 12345, sum = 0;
    for (uint32_t round = 0; round < 1000; round++) {
        for (uint32_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)(seed >> 24);
        }
        for (uint32_t i = 0; i < 256; i++)
            words[i] = bytes[i] << 16 | bytes[i + 256];
        sum = crc(sum, bytes, sizeof bytes);
        sort(words, 256);
        sum += matrix(words);
    }
    guest_hex(sum);
}
