using System.Text.Json.Serialization;

namespace Interpose.Cli.Output;

/// <summary>Serializer of everything that <c>--json</c> prints.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(CheckpointReport))]
[JsonSerializable(typeof(ProcessListReport))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(KillReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
