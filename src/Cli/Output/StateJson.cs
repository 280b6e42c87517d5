using System.Text.Json.Serialization;
using Interpose.Cli.State;

namespace Interpose.Cli.Output;

/// <summary>Serializer of the state files.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(CoordinatorRecord))]
internal sealed partial class StateJson : JsonSerializerContext;
