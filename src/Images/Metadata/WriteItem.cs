using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>Writes one element of a list.</summary>
internal delegate void WriteItem<T>(ref MessagePackWriter writer, T item);
