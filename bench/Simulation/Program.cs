using System.Diagnostics;
using System.Globalization;
using Interpose.Coordinator;
using Interpose.Coordinator.Server;
using Interpose.Leaks;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Simulation;

// Walks simulated agents through checkpoints by the coordinator's own code: handshake, sealed frames, messages, barrier,
// rendezvous. Only the processes and their sockets are missing.
//     simulation [AGENTS] [AGENTS PER HOST] [CHECKPOINTS]
int agents = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
var layout = new Layout(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 64);
int checkpoints = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 3;

byte[] secret = new byte[Handshake.SecretSize];
var clock = new PhaseClock();
var options = new CoordinatorOptions
{
    Secret = secret,
    Computation = "simulation",
    CheckpointRoot = "/nowhere",
    Leaks = LeakPolicy.Ignore,
    FindLeaks = _ => [],

    // Both sides share the processors: the limits are for processes that have their own.
    Phases = PhaseTable.Default.WithLimits(_ => TimeSpan.FromMinutes(10)),
};
using var server = new CoordinatorServer(options, new NoStore(), clock);
Task running = server.RunAsync();

long begun = Stopwatch.GetTimestamp();
var all = new Agent[agents];
await Parallel.ForAsync(0, agents, async (number, cancellation) =>
{
    (PipeTransport here, PipeTransport there) = PipeTransport.Pair($"agent {number}");
    Task serving = server.ServeAsync(there);
    all[number] = new Agent(here, layout, number);
    Task joining = all[number].JoinAsync(secret);
    await (await Task.WhenAny(joining, serving));
    if (!joining.IsCompletedSuccessfully)
    {
        throw new InvalidOperationException($"agent {number} was not let in: the machine is too busy for the limit of a handshake");
    }

    cancellation.ThrowIfCancellationRequested();
});
Say("join", Stopwatch.GetElapsedTime(begun));
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture, $"  memory of both sides {Process.GetCurrentProcess().WorkingSet64 >> 20} MiB"));

for (int i = 0; i < checkpoints; i++)
{
    clock.Marks.Clear();
    Task walk = Task.WhenAll(all.Select(a => a.CheckpointAsync()));
    begun = Stopwatch.GetTimestamp();
    ResponseMessage answer = await server.RequestAsync(Verb.Checkpoint, new CheckpointArguments(true, false, 0, false, false));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"checkpoint {i + 1}: {answer.Code} {answer.Message}"));
    await walk;
    for (int mark = 0; mark + 1 < clock.Marks.Count; mark++)
    {
        Say(clock.Marks[mark].What, Stopwatch.GetElapsedTime(clock.Marks[mark].When, clock.Marks[mark + 1].When));
    }

    Say("all", Stopwatch.GetElapsedTime(begun));
}

server.RequestStop("done");
await running;
return 0;

static void Say(string what, TimeSpan time) =>
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what,-10}{time.TotalMilliseconds,10:F0} ms"));
