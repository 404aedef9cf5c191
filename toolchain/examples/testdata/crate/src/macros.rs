macro_rules! method {
    ($type:ident) => {
        /// One of two types.
        pub struct $type;

        impl $type {
            /// A method of both.
            ///
            /// ```
            /// if true {
            ///     method();
            /// }
            /// ```
            pub fn method(&self) {}
        }
    };
}
pub(crate) use method;
