namespace Interpose.Resources;

/// <summary>The process holds something that cannot be saved. The message names it and says what to do.</summary>
public class UnsupportedResourceException(string message) : Exception(message);
