#include <stdio.h>

#include "generator.h"

static unsigned place_of(uint64_t value)
{
    if (value < (1u << SUB_BITS))
        return (unsigned)value;
    unsigned shift = 63 - SUB_BITS - (unsigned)__builtin_clzll(value);
    return ((shift + 1) << SUB_BITS) | (unsigned)((value >> shift) & ((1u << SUB_BITS) - 1));
}

static uint64_t middle_of(unsigned place)
{
    if (place < (1u << SUB_BITS))
        return place;
    unsigned shift = (place >> SUB_BITS) - 1;
    uint64_t low = (uint64_t)((place & ((1u << SUB_BITS) - 1)) | (1u << SUB_BITS)) << shift;
    return low + ((1ull << shift) >> 1);
}

void histogram_add(struct histogram *histogram, uint64_t value, uint64_t times)
{
    histogram->buckets[place_of(value)] += times;
    histogram->count += times;
    if (value > histogram->max)
        histogram->max = value;
}

uint64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
    uint64_t wanted = (uint64_t)(quantile * (double)histogram->count);
    uint64_t seen = 0;
    for (unsigned place = 0; place < BUCKETS; place++) {
        seen += histogram->buckets[place];
        if (seen > wanted)
            return middle_of(place) < histogram->max ? middle_of(place) : histogram->max;
    }
    return histogram->max;
}

void histogram_print(const struct histogram *histogram, const char *name)
{
    printf("\"%s\":{\"count\":%llu,\"p50\":%.4f,\"p90\":%.4f,\"p99\":%.4f,\"p999\":%.4f,\"max\":%.4f}", name,
           (unsigned long long)histogram->count, (double)histogram_quantile(histogram, 0.5) / 1e6,
           (double)histogram_quantile(histogram, 0.9) / 1e6, (double)histogram_quantile(histogram, 0.99) / 1e6,
           (double)histogram_quantile(histogram, 0.999) / 1e6, (double)histogram->max / 1e6);
}
