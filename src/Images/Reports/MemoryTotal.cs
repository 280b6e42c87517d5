namespace Interpose.Images.Reports;

/// <summary>All mappings of one kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Mappings">How many there are.</param>
/// <param name="AddressBytes">Address space they take, bytes.</param>
/// <param name="SavedBytes">Bytes of theirs that the image holds, before compression.</param>
public sealed record MemoryTotal(MemoryKind Kind, int Mappings, ulong AddressBytes, ulong SavedBytes);
