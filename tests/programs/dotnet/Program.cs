using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Interpose.Tests.Programs;

/// <summary>Tasks, parallel loops, timers, channels of garbage for the collector, hot loops for the JIT.</summary>
internal static class Program
{
    private static long s_ticks;

    private static async Task Main(string[] arguments)
    {
        string go = arguments[1];
        int limit = arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : -1;
        using var timer = new Timer(_ => Interlocked.Increment(ref s_ticks), null, 5, 5);
        var memory = new ConcurrentDictionary<int, List<string>>();
        using var output = new StreamWriter(arguments[0], append: false) { AutoFlush = true };
        ulong state = 1;
        int step = 0;
        for (; !File.Exists(go) && step != limit; step++)
        {
            int now = step;
            ulong[] parts = await Task.WhenAll(Enumerable.Range(0, 4).Select(part => Task.Run(() => Work(now, part, memory))));
            ulong parallel = 0;
            var gate = new Lock();
            Parallel.For(0, 2000, () => 0UL, (i, _, sum) => sum + Mix((ulong)(i + now)), sum =>
            {
                lock (gate)
                {
                    parallel += sum;
                }
            });
            state = parts.Aggregate(state + parallel, (all, one) => Mix(all + one));
            output.WriteLine($"step {step} {state:x16}");
            await Task.Delay(2);
        }

        output.WriteLine($"done {step}");
    }

    private static ulong Work(int step, int part, ConcurrentDictionary<int, List<string>> memory)
    {
        ulong sum = (ulong)part;
        for (int i = 0; i < 10000; i++)
        {
            sum += Mix(sum + (ulong)(step + i));
        }

        var strings = new List<string>();
        for (int i = 0; i < 200; i++)
        {
            strings.Add(new StringBuilder("item ").Append(Mix(sum + (ulong)i)).ToString());
        }

        memory[(step * 4 + part) % 400] = strings;
        return strings.Aggregate(sum, (all, one) => all * 31 + one[^1]);
    }

    private static ulong Mix(ulong value)
    {
        value ^= value >> 33;
        value *= 0xff51afd7ed558ccd;
        return value ^ (value >> 29);
    }
}
